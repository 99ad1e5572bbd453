import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threadMs } from '../../../test/shared.ts';
import { readListing, readReason } from './s3-xml.ts';

const list = (body: string): string => `<?xml version="1.0"?><ListBucketResult xmlns="x">${body}</ListBucketResult>`;
const entry = (key: string, size: string): string =>
  `<Contents><Key>${key}</Key><ETag>e</ETag><Size>${size}</Size></Contents>`;

test('a page has its objects, and where it goes on', () => {
  const xml = list(
    `<IsTruncated>true</IsTruncated>${entry('a&amp;&lt;&#x41;&#66;', '12')}${entry('b', '0')}<NextContinuationToken>t=</NextContinuationToken>`,
  );
  assert.deepEqual(readListing(xml), {
    objects: [
      { key: 'a&<AB', size: 12 },
      { key: 'b', size: 0 },
    ],
    next: 't=',
  });
  assert.deepEqual(readListing(list('<IsTruncated>false</IsTruncated>')), { objects: [], next: null });
});

test('what is no whole listing is none: no page is taken for the last that may not be', () => {
  for (const xml of [
    '',
    'ok',
    list(''),
    list('<IsTruncated>true</IsTruncated>'),
    list('<IsTruncated>perhaps</IsTruncated>'),
    list(`<IsTruncated>false</IsTruncated>${entry('a', '-1')}`),
    list(`<IsTruncated>false</IsTruncated>${entry('a', '1e3')}`),
    list('<IsTruncated>false</IsTruncated><Contents><Key>a</Key>'),
  ])
    assert.equal(readListing(xml), null, xml);
});

test('hostile answers take linear time', () => {
  const from = threadMs();
  assert.equal(readListing(list('<Contents>'.repeat(200_000))), null);
  assert.notEqual(readListing(list(`<IsTruncated>false</IsTruncated>${entry('&#'.repeat(200_000), '1')}`)), null);
  assert.ok(threadMs() - from < 2000);
});

test('a reason is its code and message, printable and short', () => {
  assert.equal(
    readReason('<Error><Code>NoSuchKey</Code><Message>It is\u001b[2J not there</Message></Error>').includes('\u001b'),
    false,
  );
  assert.match(
    readReason('<Error><Code>NoSuchKey</Code><Message>not there</Message></Error>'),
    /^NoSuchKey: not there$/,
  );
  assert.equal(readReason('<html>'), '');
  assert.ok(readReason(`<Code>${'x'.repeat(5000)}</Code>`).length <= 300);
});
