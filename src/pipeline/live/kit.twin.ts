/** For tests: a node in a folder of its own, with rules of a few lines. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openDetectionsReader, type StoredHit } from '../../store/index.ts';
import { LiveNode } from './node.ts';
import type { Ack, LiveOptions } from './node-options.ts';
import type { BodyFormat } from './types.ts';

export const rule = (id: string, field: string, value: string, level = 'high'): string => `title: Rule ${id}
id: ${id}
logsource: {product: windows, service: security}
detection:
  sel: {${field}: '${value}'}
  condition: sel
level: ${level}
`;

export const FIRST = '00000000-0000-4000-8000-000000000001';
export const SECOND = '00000000-0000-4000-8000-000000000002';

/** An event that the rules above can see. */
export const event = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ Channel: 'Security', EventID: 4624, '@timestamp': '2026-01-02T03:04:05.000Z', ...fields });

export function newFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'weir-live-'));
}

/** Writes rules into a folder of their own; returns it. */
export function rulesIn(folder: string, ...texts: string[]): string {
  const place = path.join(folder, `rules-${texts.length}-${Math.abs(hashOf(texts.join()))}`);
  fs.mkdirSync(place, { recursive: true });
  texts.forEach((text, i) => {
    fs.writeFileSync(path.join(place, `${i}.yml`), text);
  });
  return place;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

export const openNode = (folder: string, options: Partial<LiveOptions> = {}): Promise<LiveNode> =>
  LiveNode.open({ folder: path.join(folder, 'data'), threads: 1, version: 'test', ...options });

export function send(
  node: LiveNode,
  text: string | Uint8Array,
  options: { tenant?: string; source?: string; format?: BodyFormat; receivedAt?: number } = {},
): Promise<Ack> {
  return node.ingest({
    tenant: options.tenant ?? 'default',
    source: options.source ?? 'test',
    door: 'http',
    credential: 'key:test',
    request: 'request',
    receivedAt: options.receivedAt ?? Date.now(),
    format: options.format ?? 'ndjson',
    encoding: 'identity',
    body: Uint8Array.from(typeof text === 'string' ? Buffer.from(text) : text),
    key: null,
  });
}

/** Everything that was found, in order of journal positions. */
export function hitsIn(folder: string, tenant = 'default'): StoredHit[] {
  const reader = openDetectionsReader(path.join(folder, 'data', 'detect.db'));
  try {
    return [...reader.hits.list({ tenant, limit: 1000 }).items];
  } finally {
    reader.close();
  }
}
