/** Connection records of 400 bytes, as a network sensor writes them, made in place: no two in a run are the same. */
import { mixed, writeDigits, writeTime } from './digits.ts';

const RECORD_BYTES = 400;
const SERVICES: readonly (readonly [string, string, number, string])[] = [
  ['tcp', 'ssl', 443, 'ShADadFf'],
  ['udp', 'dns', 53, 'Dd'],
  ['tcp', 'http', 80, 'ShADadfF'],
  ['tcp', 'ssh', 22, 'ShADadtT'],
  ['tcp', 'smb', 445, 'ShADdaFf'],
  ['udp', 'ntp', 123, 'Dd'],
];
type Field = 'time' | 'uid' | 'port' | 'sent' | 'received';

const STATES = ['SF', 'SF', 'SF', 'S1', 'RSTO', 'SHR'];

/** A body of records, written over with others for each request. */
export class ConnectionBody {
  readonly bytes: Buffer;
  readonly events: number;
  readonly #fields: Record<Field, number[]> = {
    time: [],
    uid: [],
    port: [],
    sent: [],
    received: [],
  };

  constructor(events: number, seed: number) {
    this.events = events;
    this.bytes = Buffer.from(Array.from({ length: events }, (_, i) => this.#record(i, mixed(seed, i))).join(''));
    if (this.bytes.length !== events * RECORD_BYTES) throw new Error('a record is not of 400 bytes');
  }

  #record(index: number, random: number): string {
    const [proto, service, port, history] = SERVICES[random % SERVICES.length];
    const packets = 2 + ((random >>> 5) % 90);
    const host = (random >>> 9) % 900;
    const from = `10.${20 + (host % 4)}.${host >> 2}.${10 + (random % 200)}`;
    const to = `203.0.${100 + ((random >>> 13) % 14)}.${1 + ((random >>> 17) % 250)}`;
    const mac = `${random & 7}a:${10 + (host % 90)}:${10 + (host % 77)}`;
    const parts: [string, Field | null][] = [
      ['{"@timestamp":"', null],
      ['2026-01-01T00:00:00.000', 'time'],
      ['Z","_path":"conn","uid":"C', null],
      ['xxxxxxxxxxxxxxxx', 'uid'],
      [`","id.orig_h":"${from}","id.orig_p":`, null],
      ['49152', 'port'],
      [`,"id.resp_h":"${to}","id.resp_p":${port},"proto":"${proto}","service":"${service}","orig_bytes":`, null],
      ['100000', 'sent'],
      [',"resp_bytes":', null],
      ['100000', 'received'],
      [`,"conn_state":"${STATES[random % STATES.length]}","local_orig":true`, null],
      [
        `,"history":"${history}","orig_pkts":${packets},"resp_pkts":${packets + 3},"orig_l2_addr":"00:50:56:${mac}"`,
        null,
      ],
      [',"sensor":"', null],
    ];
    let text = '';
    for (const [part, field] of parts) {
      if (field !== null) this.#fields[field].push(index * RECORD_BYTES + text.length);
      text += part;
    }
    return `${text}${'edge-ams-17/eth2.'.padEnd(RECORD_BYTES - text.length - 3, '0123')}"}\n`;
  }

  /** Writes other records over the last ones. */
  make(number: number, timeMs: number): void {
    const { bytes } = this;
    const { time, uid, port, sent, received } = this.#fields;
    writeTime(bytes, time[0], timeMs, 3);
    for (let i = 0; i < this.events; i++) {
      const random = mixed(number, i);
      bytes.copyWithin(time[i], time[0], time[0] + 23);
      writeDigits(bytes, uid[i], 6, number * this.events + i, 62);
      writeDigits(bytes, uid[i] + 6, 5, random & 0x7fffffff, 62);
      writeDigits(bytes, uid[i] + 11, 5, mixed(random, 5) & 0x7fffffff, 62);
      writeDigits(bytes, port[i], 5, 10_000 + (random % 50_000));
      writeDigits(bytes, sent[i], 6, 100_000 + ((random >>> 8) % 900_000));
      writeDigits(bytes, received[i], 6, 100_000 + ((random >>> 11) % 900_000));
    }
  }
}
