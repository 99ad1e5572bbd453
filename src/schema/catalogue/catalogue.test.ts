import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { skipWithout } from '../../../test/shared.ts';
import { SOURCES } from '../index.ts';
import { GEO, HASH } from './groups.ts';
import { CLASSES, catalogue, classOfFacts, fieldNamed } from './index.ts';

const fields = [...catalogue().values()];

suite('the catalogue', () => {
  test('has base, endpoint, network, web, cloud, email, identity, vulnerability and threat fields', () => {
    const counts = Object.groupBy(fields, (field) => field.class);
    assert.deepEqual(Object.fromEntries(Object.entries(counts).map(([name, list]) => [name, list.length > 20])), {
      base: true,
      endpoint: true,
      network: true,
      web: true,
      cloud: true,
      email: true,
      identity: true,
      vulnerability: false,
      threat: true,
    });
  });

  test('describes every field and gives an example of every value', () => {
    for (const { name, about, example, type } of fields) {
      assert.ok(about.length > 3 && about.endsWith('.') && !about.includes('{'), name);
      assert.ok(example !== '' || type === 'nested' || type === 'object', name);
    }
  });

  test('marks what can hold data about persons', () => {
    assert.equal(fieldNamed('source.user.email')?.personal, true);
    assert.equal(fieldNamed('process.command_line')?.personal, true);
    assert.equal(fieldNamed('network.transport')?.personal, false);
    assert.ok(fields.filter(({ personal }) => personal).length > 100);
  });

  test('has tenant, source, severity, risk, retention, data subjects, integrity and history', () => {
    for (const name of [
      'weir.tenant',
      'weir.source.type',
      'weir.severity',
      'weir.risk.score',
      'weir.retention.class',
      'weir.data_subject.id',
      'weir.integrity.event_hash',
      'weir.processing.stage',
      'weir.processing.version',
      'weir.processing.at',
      'threat.technique.id',
      'threat.tactic.name',
    ])
      assert.ok(fieldNamed(name) !== null, name);
  });

  test('has the same rows at every place of a group, described for that place', () => {
    for (const [name] of GEO)
      assert.ok(fieldNamed(`source.geo.${name}`) !== null && fieldNamed(`host.geo.${name}`) !== null);
    for (const [name] of HASH)
      assert.equal(fieldNamed(`dll.hash.${name}`)?.format, fieldNamed(`file.hash.${name}`)?.format);
    assert.equal(fieldNamed('process.parent.hash.md5')?.about, 'MD5 of the parent’s program.');
  });

  test('does not know other fields', () => {
    assert.equal(fieldNamed('weir.nothing'), null);
    assert.equal(fieldNamed('toString'), null);
  });

  test('has fields of ECS as ECS has them, and no other fields outside weir', (t) => {
    const path = skipWithout(t, 'schema/ecs/csv/fields.csv');
    if (path === null) return;
    const known = new Map<string, string>();
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [, , , name, type, , normalization] = line.split(',');
      if (name !== undefined) known.set(name, `${type} ${normalization === 'array' ? 'list' : ''}`);
    }
    for (const { name, type, list, origin } of fields) {
      if (origin === 'weir') assert.equal(known.get(name), undefined, name);
      else assert.equal(`${type} ${list ? 'list' : ''}`, known.get(name), name);
    }
  });
});

suite('classes of events', () => {
  test('only ask for fields of the catalogue', () => {
    const asked = CLASSES.flatMap(({ requires }) => requires.flat());
    assert.deepEqual(
      asked.filter((name) => fieldNamed(name) === null),
      [],
    );
  });

  test('have a category of ECS', () => {
    const categories = fieldNamed('event.category')?.values ?? [];
    for (const { category } of CLASSES) assert.ok(category === null || categories.includes(category), String(category));
  });

  test('follow from logsources', () => {
    assert.equal(
      classOfFacts([{ product: 'windows' }, { product: 'windows', category: 'process_creation' }]).id,
      'process',
    );
    assert.equal(classOfFacts([{ product: 'aws', service: 'cloudtrail' }]).id, 'cloud');
    assert.equal(classOfFacts([{ product: 'm365', service: 'threat_management' }]).id, 'cloud');
    assert.equal(classOfFacts([{ product: 'cisco', service: 'duo' }]).id, 'authentication');
    assert.equal(classOfFacts([{ category: 'webserver' }]).id, 'web');
    assert.equal(classOfFacts([{ category: 'webserver' }, { category: 'dns' }]).id, 'base');
    assert.equal(classOfFacts([]).id, 'base');
  });

  test('name only logsources that some source has', () => {
    const facts = SOURCES.flatMap((source) => source.lanes.flatMap((lane) => lane.facts));
    const categories = new Set(facts.map(({ category }) => category));
    const pairs = new Set(facts.flatMap(({ product, service }) => [`${product}/${service}`, `${product}/*`]));
    assert.deepEqual(
      CLASSES.flatMap(({ lanes }) => lanes.filter((lane) => !categories.has(lane))),
      [],
    );
    assert.deepEqual(
      CLASSES.flatMap(({ services = [] }) => services.filter((pair) => !pairs.has(pair))),
      [],
    );
  });
});
