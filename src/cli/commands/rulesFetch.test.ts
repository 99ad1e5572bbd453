/** `weir rules fetch` as a process, against a server on this machine; it does what `rulesFetch.ts` says. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { processEvent, RULE, scratch, weir } from '../../../test/cli/run.ts';
import { RULES_URL } from './rulesFetch.ts';

/** A zip archive with one stored member (APPNOTE.TXT 4.3). */
function zipOf(name: string, text: string): Buffer {
  const data = Buffer.from(text);
  const file = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(data), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(data.length, 18);
  common.writeUInt16LE(file.length, 22);
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, file, data]);
  const entry = Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), common, Buffer.alloc(14), file]);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entry, end]);
}

test('the default is a zip on a secure server', () => {
  const url = new URL(RULES_URL);
  assert.deepEqual([url.protocol, url.pathname.endsWith('.zip')], ['https:', true]);
});

test('fetch keeps only what loads, and what was there until then', async (t) => {
  const { folder } = scratch(t);
  const answers: Record<string, [number, Buffer]> = {
    '/rules.zip': [200, zipOf('sigma/shell.yml', RULE)],
    '/page': [200, Buffer.from('<html>sign in</html>')],
    '/empty.zip': [200, zipOf('readme.txt', 'no rules here')],
    '/broken.zip': [200, zipOf('sigma/shell.yml', RULE).subarray(0, 80)],
  };
  const server = http.createServer((request, response) => {
    if (request.url === '/moved') {
      response.writeHead(302, { location: '/rules.zip' }).end();
      return;
    }
    const [status, body] = answers[request.url ?? ''] ?? [404, Buffer.from('')];
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const env = { WEIR_CACHE: folder };
  const target = path.join(folder, 'sigma-rules.zip');
  const fetched = await weir(['rules', 'fetch'], { env: { ...env, WEIR_RULES_URL: `${base}/moved` } });
  assert.deepEqual([fetched.status, fetched.stdout], [0, `${target}\n`], fetched.stderr);
  const scan = await weir(['scan', '-', '--rules', target], { input: processEvent('C:\\cmd.exe') });
  assert.match(scan.stdout, /^\{"rule":\{"id":"a0000000/);
  const failures: [string, RegExp][] = [
    ['/page', /what came is no zip archive/],
    ['/gone', /the server answered 404/],
    ['/empty.zip', /holds no rule that loads/],
    ['/broken.zip', /holds no rule that loads/],
  ];
  for (const [place, message] of failures) {
    const result = await weir(['rules', 'fetch', '--url', base + place], { env });
    assert.equal(result.status, 1, place);
    assert.match(result.stderr, message);
  }
  await new Promise((resolve) => server.close(resolve));
  const offline = await weir(['rules', 'fetch', '--url', `${base}/rules.zip`], { env });
  assert.equal(offline.status, 1);
  assert.match(
    offline.stderr,
    /cannot fetch rules from .*ECONNREFUSED.*\nWithout a network, download the archive elsewhere/,
  );
  assert.deepEqual(
    fs.readdirSync(folder).filter((name) => name.includes('zip')),
    ['sigma-rules.zip'],
  );
});
