import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { SOURCES } from '../index.ts';
import { viewOf } from './columns.twin.ts';
import { formatProblem, isAddress } from './formats.ts';
import { type Condition, type RuleCheck, type Validation, type ValidationSettings, Validator } from './index.ts';

const RECEIVED = Date.UTC(2026, 2, 1, 12);
const TOOLS = {
  parseTime: (text: string): number | null => {
    const time = /^\d{4}-\d{2}-\d{2}[T ]/.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
    return Number.isNaN(time) ? null : time;
  },
};
const sourceOf = (id: string) => SOURCES.find((source) => source.id === id) ?? null;

type Event = Parameters<typeof viewOf>[0][number];

function validate(id: string, events: readonly Event[], settings: ValidationSettings = { mode: 'warn' }): Validation {
  return new Validator(sourceOf(id), settings, TOOLS).validate(viewOf(events), RECEIVED);
}

/** Code, field and value of every finding, row by row. */
function told(result: Validation): string[] {
  return Array.from({ length: result.rows }, (_, row) =>
    result.findings(row).map(({ code, field, value }) => `${row} ${code} ${field} ${value}`),
  ).flat();
}

/** A Sysmon event as NXLog writes it. */
const sysmon = (id: number, more: Event = {}): Event => ({
  Channel: 'Microsoft-Windows-Sysmon/Operational',
  EventID: id,
  '@timestamp': '2026-03-01T11:59:00Z',
  Hostname: 'ws-042',
  ...more,
});
const STARTED = { Image: 'C:\\Windows\\cmd.exe', ProcessId: '4242', CommandLine: 'cmd /c whoami' };

suite('schema checks', () => {
  test('pass an event that has what its class needs', () => {
    assert.deepEqual(told(validate('windows.nxlog', [sysmon(1, STARTED)])), []);
  });

  test('find values that are not of their field’s type', () => {
    const result = validate('windows.nxlog', [sysmon(1, { ...STARTED, ProcessId: 'many' }), sysmon(1, STARTED)]);
    assert.deepEqual(told(result), ['0 schema.type process.pid many']);
    const [finding] = result.findings(0);
    assert.deepEqual(
      { kind: finding?.kind, path: finding?.path, reason: finding?.reason, enforced: finding?.enforced },
      { kind: 'schema', path: 'ProcessId', reason: 'process.pid is an integer', enforced: false },
    );
  });

  test('read values as their source writes them', () => {
    const event = {
      Channel: 'Security',
      EventID: 4688,
      NewProcessId: '0x1a4',
      NewProcessName: 'C:\\a.exe',
      ProcessId: '0x10',
    };
    assert.deepEqual(told(validate('windows.nxlog', [event])), []);
    assert.deepEqual(told(validate('windows.nxlog', [{ ...event, ProcessId: 'x' }])), [
      '0 schema.type process.parent.pid x',
    ]);
  });

  test('take for absent what says that there is nothing', () => {
    const event = { Channel: 'Security', EventID: 4624, IpAddress: '-', IpPort: '-', TargetUserName: 'jdoe' };
    assert.deepEqual(told(validate('windows.nxlog', [event, { ...event, IpAddress: 'LOCAL', IpPort: '' }])), []);
  });

  test('ask for what a class must have, once per kind of event', () => {
    const result = validate('windows.nxlog', [
      sysmon(1, STARTED),
      sysmon(11),
      sysmon(11, { TargetFilename: 'C:\\a' }),
      sysmon(11),
    ]);
    assert.deepEqual(told(result), ['1 schema.required file.path null', '3 schema.required file.path null']);
    assert.equal(result.findings(1)[0], result.findings(3)[0]);
    assert.match(result.findings(1)[0]?.reason ?? '', /class file has one of file\.path, file\.name/);
  });

  test('look at the fields of every event of a source without discriminators', () => {
    const good = {
      eventSource: 'iam.amazonaws.com',
      eventName: 'CreateUser',
      awsRegion: 'x',
      eventTime: '2026-03-01T10:00:00Z',
    };
    assert.deepEqual(told(validate('aws.cloudtrail', [good, { ...good, eventName: null }])), [
      '1 schema.required event.action null',
    ]);
  });

  test('hold values to those that are allowed, where the event names the field itself', () => {
    const events = [{ event: { kind: 'event', outcome: 'maybe' } }, { 'event.kind': 'party' }];
    assert.deepEqual(told(validate('none', events)), [
      '0 schema.value event.outcome maybe',
      '1 schema.value event.kind party',
    ]);
  });

  test('check booleans, numbers and dates of the catalogue', () => {
    const events = [
      { process: { interactive: 'yes', exit_code: 1.5, start: 'yesterday' }, event: { risk_score: 'high' } },
      { process: { interactive: 'TRUE', exit_code: 1, start: '2026-03-01T10:00:00Z' }, event: { risk_score: '7.5' } },
      { event: { risk_score: ' ' }, source: { geo: { location: true } } },
    ];
    assert.deepEqual(told(validate('none', events)).sort(), [
      '0 schema.type event.risk_score high',
      '0 schema.type process.exit_code 1.5',
      '0 schema.type process.interactive yes',
      '0 schema.type process.start yesterday',
      '2 schema.type event.risk_score  ',
      '2 schema.type source.geo.location true',
    ]);
  });
});

suite('kinds of events', () => {
  test('are told apart by all discriminators together', () => {
    const events = [
      { Channel: 'System', EventID: 1 },
      { Channel: 'Security', EventID: 11 },
      sysmon(11),
      sysmon(1, STARTED),
      { Channel: 'System', EventID: 11 },
    ];
    assert.deepEqual(told(validate('windows.nxlog', events)), ['2 schema.required file.path null']);
    assert.deepEqual(told(validate('windows.nxlog', events.toReversed())), ['2 schema.required file.path null']);
  });
});

suite('integrity checks', () => {
  test('find times that cannot be', () => {
    const at = (time: string) => sysmon(1, { ...STARTED, '@timestamp': time });
    const result = validate('windows.nxlog', [
      at('1601-01-01T00:00:00Z'),
      at('2026-03-03T12:00:00Z'),
      at('2026-03-01T13:00:00Z'),
      at('noon'),
    ]);
    assert.deepEqual(told(result), [
      '0 integrity.time @timestamp 1601-01-01T00:00:00Z',
      '1 integrity.time @timestamp 2026-03-03T12:00:00Z',
      '3 schema.type @timestamp noon',
    ]);
  });

  test('only look at the time that counts', () => {
    const event = sysmon(1, { ...STARTED, EventTime: 'nonsense' });
    assert.deepEqual(told(validate('windows.nxlog', [event])), []);
    const { '@timestamp': _, ...without } = event;
    assert.deepEqual(told(validate('windows.nxlog', [event, without])), ['1 schema.type @timestamp nonsense']);
  });

  test('find hashes, addresses, ports and hardware addresses that are none', () => {
    const events = [
      sysmon(1, { ...STARTED, Hashes: `SHA1=${'a'.repeat(40)},MD5=123` }),
      sysmon(3, {
        SourceIp: '10.0.0.999',
        DestinationIp: '0:0:0:0:0:0:0:1',
        SourcePort: '70000',
        DestinationPort: 443,
      }),
    ];
    assert.deepEqual(told(validate('windows.nxlog', events)), [
      `0 integrity.hash process.hash.md5 SHA1=${'a'.repeat(40)},MD5=123`,
      '1 integrity.ip source.ip 10.0.0.999',
      '1 integrity.port source.port 70000',
    ]);
    const own = [{ host: { mac: ['00-00-5E-00-53-23', 'nonsense'] }, threat: { technique: { id: 'T1' } } }];
    assert.deepEqual(told(validate('none', own)), [
      '0 integrity.mac host.mac 00-00-5E-00-53-23, nonsense',
      '0 integrity.technique threat.technique.id T1',
    ]);
  });

  test('find an event that has two identities', () => {
    const view = viewOf([{ 'event.id': 'a' }, { 'event.id': 'b' }]);
    const twice = {
      ...view,
      column: (path: string) => view.column(path).map((column) => ({ ...column, rows: [1, 1] })),
    };
    const result = new Validator(null, { mode: 'warn' }, TOOLS).validate(twice, RECEIVED);
    assert.deepEqual(told(result), ['1 integrity.id event.id b']);
  });

  test('shorten values that are long', () => {
    const [finding] = validate('none', [{ source: { ip: 'x'.repeat(10_000) } }]).findings(0);
    assert.equal(finding?.value?.length, 201);
  });
});

suite('addresses', () => {
  test('are recognised in every notation, and nothing else is', () => {
    const good = [
      '0.0.0.0',
      '255.255.255.255',
      '::',
      '::1',
      'fe80::1%eth0',
      '2001:db8::ff00:42:8329',
      '1:2:3:4:5:6:7:8',
      '::ffff:10.0.0.1',
      '1:2:3:4:5:6:1.2.3.4',
      '1::',
      '0:0:0:0:0:0:0:1',
    ];
    const bad = [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '01.2.3.4',
      '1.2.3.4.',
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
      '::g',
      '1.2.3.4::',
      '::1.2.3',
      'fe80::1%',
      '1:2:3:4:5:6:7:1.2.3.4',
      'x'.repeat(100),
      'localhost',
    ];
    assert.deepEqual(
      good.filter((text) => !isAddress(text)),
      [],
    );
    assert.deepEqual(bad.filter(isAddress), []);
  });

  test('of hardware are pairs with the same sign between them', () => {
    for (const text of ['00-00-5E-00-53-23', '00:00:5e:00:53:23', '00005E005323', '0000.5E00.5323'])
      assert.equal(formatProblem('mac', text), null);
    assert.equal(formatProblem('mac', '00-00:5E-00-53-23')?.code, 'integrity.mac');
    assert.equal(formatProblem('sha256', 'f'.repeat(64)), null);
    assert.equal(formatProblem('attack_technique', 'T1059.001'), null);
    assert.equal(formatProblem('port', '0'), null);
  });
});

/** A condition as an expression would be: `holds` of the first value of each field. */
function condition(
  fields: readonly string[],
  holds: (...values: unknown[]) => boolean | null,
): Condition & { calls: number } {
  const self = {
    fields,
    calls: 0,
    evaluate: (get: (path: string) => readonly unknown[]) => {
      self.calls++;
      return [holds(...fields.map((field) => get(field)[0]))];
    },
  };
  return self;
}

const rule = (more: Partial<RuleCheck> & Pick<RuleCheck, 'expect'>): RuleCheck => ({
  name: 'named',
  kind: 'business',
  when: null,
  reason: 'service accounts do not log on to workstations',
  ...more,
});

suite('business rules and compliance checks', () => {
  const logons = Array.from({ length: 100 }, (_, i) => ({
    Channel: 'Security',
    EventID: i % 2 === 0 ? 4624 : 4634,
    TargetUserName: i % 10 === 0 ? 'svc_backup' : 'jdoe',
    LogonType: 3,
  }));

  test('fail where the expectation is false, not where it is null', () => {
    const expect = condition(['user.target.name'], (name) => (name === undefined ? null : name !== 'svc_backup'));
    const result = validate('windows.nxlog', [...logons, { Channel: 'Security', EventID: 1 }], {
      mode: 'warn',
      rules: [rule({ expect })],
    });
    assert.equal(result.counts.get('business.named'), 10);
    assert.deepEqual(told(result)[0], '0 business.named user.target.name null');
    assert.equal(result.findings(0)[0]?.reason, 'service accounts do not log on to workstations');
  });

  test('are evaluated once per distinct combination of values', () => {
    const expect = condition(['user.target.name', 'event.code'], () => true);
    validate('windows.nxlog', logons, { mode: 'warn', rules: [rule({ expect })] });
    assert.equal(expect.calls, 3);
  });

  test('ask only events for which their condition holds', () => {
    const expect = condition(['weir.logon.type'], () => false);
    const when = condition(['event.code'], (code) => code === 4624n);
    const result = validate('windows.nxlog', logons, {
      mode: 'warn',
      rules: [rule({ expect, when, kind: 'compliance' })],
    });
    assert.equal(result.counts.get('compliance.named'), 50);
  });

  test('read fields of the catalogue as they were read, names of rules, and columns of the source', () => {
    const seen: unknown[][] = [];
    const expect = condition(['process.pid', 'NewProcessId', 'process.name', 'absent', 'tags'], (...values) => {
      seen.push(values);
      return true;
    });
    const event = {
      Channel: 'Security',
      EventID: 4688,
      NewProcessId: '0x1a4',
      NewProcessName: 'C:\\a.exe',
      tags: ['a', 'b'],
    };
    validate('windows.nxlog', [event], { mode: 'warn', rules: [rule({ expect })] });
    assert.deepEqual(seen, [['420', '0x1a4', 'a.exe', undefined, 'a']]);
  });

  test('see all values of a field that has several', () => {
    const values: unknown[] = [];
    const expect: Condition = {
      fields: ['user.name'],
      evaluate: (get) => {
        values.push(get('user.name'));
        return [true];
      },
    };
    const view = viewOf([{ 'user.name': 'a' }, { 'user.name': 'b' }]);
    const both = {
      ...view,
      column: (path: string) => view.column(path).map((column) => ({ ...column, rows: [0, 0] })),
    };
    new Validator(null, { mode: 'warn', rules: [rule({ expect })] }, TOOLS).validate(both, RECEIVED);
    assert.deepEqual(values, [['a', 'b'], []]);
  });
});

suite('modes', () => {
  const events = [sysmon(1, { ...STARTED, ProcessId: 'x' }), sysmon(1, STARTED), sysmon(3, { SourceIp: 'nowhere' })];

  test('off says nothing', () => {
    const result = validate('windows.nxlog', events, {
      mode: 'off',
      rules: [rule({ expect: condition([], () => false) })],
    });
    assert.deepEqual([told(result), result.rejected, result.warned, [...result.counts]], [[], [], 0, []]);
  });

  test('warn counts events per check and rejects none', () => {
    const result = validate('windows.nxlog', events);
    assert.deepEqual([result.rejected, result.warned], [[], 2]);
    assert.deepEqual([...result.counts].sort(), [
      ['integrity.ip', 1],
      ['schema.type', 1],
    ]);
  });

  test('enforce rejects, kind by kind', () => {
    assert.deepEqual(validate('windows.nxlog', events, { mode: 'enforce' }).rejected, [0, 2]);
    const mixed = validate('windows.nxlog', events, { mode: 'warn', kinds: { integrity: 'enforce' } });
    assert.deepEqual([mixed.rejected, mixed.warned], [[2], 1]);
    const off = validate('windows.nxlog', events, { mode: 'enforce', kinds: { schema: 'off' } });
    assert.deepEqual(off.rejected, [2]);
  });

  test('an empty batch passes', () => {
    const result = validate('windows.nxlog', [], {
      mode: 'enforce',
      rules: [rule({ expect: condition(['a'], () => false) })],
    });
    assert.deepEqual([result.rejected, result.warned, result.rows], [[], 0, 0]);
  });
});

suite('hostile batches', () => {
  const scalar = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
  const keys = fc.constantFrom(
    'Channel',
    'EventID',
    'ProcessId',
    'Image',
    'Hashes',
    'SourceIp',
    '@timestamp',
    'UtcTime',
    'event',
    'source',
    'ip',
    'kind',
    'constructor',
    '__proto__x',
    'a.b',
    '',
  );
  const eventArb = fc.dictionary(
    keys,
    fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(keys, scalar, { maxKeys: 3 })),
    { maxKeys: 8 },
  );

  test('neither throw, nor does a result depend on what stands beside an event', () => {
    fc.assert(
      fc.property(
        fc.array(eventArb, { maxLength: 6 }),
        fc.constantFrom('windows.nxlog', 'aws.cloudtrail', 'zeek.conn', 'none'),
        (events, id) => {
          const own = events as readonly Event[];
          const together = validate(id, own);
          own.forEach((event, row) => {
            const alone = validate(id, [event])
              .findings(0)
              .map(({ code, field, value }) => `${code} ${field} ${value}`);
            assert.deepEqual(
              together
                .findings(row)
                .map(({ code, field, value }) => `${code} ${field} ${value}`)
                .sort(),
              alone.sort(),
            );
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a list of nothing supplies nothing, also where all events have one', () => {
    const event = { '@timestamp': [null], UtcTime: '!' };
    for (const events of [[event], [event, {}]]) {
      assert.ok(told(validate('windows.nxlog', events)).includes('0 schema.type @timestamp !'));
    }
  });

  test('with as many kinds of events as rows are grouped all the same', () => {
    const events = Array.from({ length: 3000 }, (_, i) => ({ Channel: `c${i}`, EventID: i }));
    assert.deepEqual(told(validate('windows.nxlog', events)), []);
  });
});
