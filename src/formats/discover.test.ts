import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type DiscoverOptions, discover } from './discover.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-discover-'));
after(() => fs.rmSync(root, { recursive: true }));
for (const file of ['b/2.json', 'b/1.json', 'b-c.json', 'b/.hidden/x.json', '.dot.json', 'ü.json', 'z.json']) {
  fs.mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  fs.writeFileSync(path.join(root, file), '{}');
}

function find(
  paths: string[],
  options: DiscoverOptions = {},
): { found: string[]; reports: string[]; skipped: string[] } {
  const strip = (text: string): string => text.replaceAll(`${root}/`, '').replaceAll(root, '.');
  const reports: string[] = [];
  const skipped: string[] = [];
  const found = [
    ...discover(
      paths,
      { onSkip: (file, reason) => void skipped.push(strip(`${file}: ${reason}`)), ...options },
      (one) => {
        reports.push(strip(`${one.path}: ${one.reason}`));
      },
    ),
  ].map(({ path: file, kind, size }) => strip(kind === 'file' ? `${file} ${size}` : `${file} (${kind})`));
  return { found, reports, skipped };
}

test('a directory gives its files in the order of the bytes of their paths, without hidden ones', () => {
  assert.deepEqual(find([root]), {
    found: ['b-c.json 2', 'b/1.json 2', 'b/2.json 2', 'z.json 2', 'ü.json 2'],
    reports: [],
    skipped: ['.dot.json: its name starts with a dot', 'b/.hidden: its name starts with a dot'],
  });
  assert.deepEqual(find([`${root}/`], { hidden: true }).found, [
    '.dot.json 2',
    'b-c.json 2',
    'b/.hidden/x.json 2',
    'b/1.json 2',
    'b/2.json 2',
    'z.json 2',
    'ü.json 2',
  ]);
});

test('paths keep the order they were given in; standard input is a stream', () => {
  assert.deepEqual(find([`${root}/z.json`, '-', `${root}/.dot.json`, '/dev/stdin']).found.slice(0, 3), [
    'z.json 2',
    '- (stream)',
    '.dot.json 2',
  ]);
});

test('patterns the shell left alone are matched, a path that exists never is one', () => {
  assert.deepEqual(find([`${root}/b/*.json`]).found, ['b/1.json 2', 'b/2.json 2']);
  assert.deepEqual(find([`${root}/{z,b-c}.json`]).found, ['b-c.json 2', 'z.json 2']);
  assert.deepEqual(find([`${root}/b*/**`]).found, ['b/1.json 2', 'b/2.json 2']);
  assert.deepEqual(find([`${root}/*.none`]), {
    found: [],
    reports: ['*.none: no file matches this pattern'],
    skipped: [],
  });
  fs.writeFileSync(path.join(root, 'b', '[1].json'), 'four');
  assert.deepEqual(find([`${root}/b/[1].json`]).found, ['b/[1].json 4']);
  fs.rmSync(path.join(root, 'b', '[1].json'));
});

test('what is not there or leads nowhere is named and the rest goes on', () => {
  fs.symlinkSync('nowhere', path.join(root, 'b', 'dangling'));
  assert.deepEqual(find([`${root}/none`, `${root}/b`]), {
    found: ['b/1.json 2', 'b/2.json 2'],
    reports: ['none: no such file or directory', 'b/dangling: the link leads nowhere'],
    skipped: ['b/.hidden: its name starts with a dot'],
  });
  assert.deepEqual(find([`${root}/b/dangling`]).reports, ['b/dangling: no such file or directory']);
  fs.rmSync(path.join(root, 'b', 'dangling'));
});

test('links are followed, in no circle, and a file is given once', () => {
  fs.symlinkSync('..', path.join(root, 'b', 'up'));
  fs.symlinkSync('1.json', path.join(root, 'b', 'same.json'));
  assert.deepEqual(find([`${root}/b`]), {
    found: ['b/1.json 2', 'b/2.json 2', 'b/up/b-c.json 2', 'b/up/z.json 2', 'b/up/ü.json 2'],
    reports: [],
    skipped: [
      'b/.hidden: its name starts with a dot',
      'b/same.json: it is the same file as b/1.json',
      'b/up/.dot.json: its name starts with a dot',
      'b/up/b: it is the same directory as b',
    ],
  });
  fs.rmSync(path.join(root, 'b', 'up'));
  fs.rmSync(path.join(root, 'b', 'same.json'));
});

test('what is written to is not read where it lies below a directory', () => {
  const outputs = [path.join(root, 'b', '2.json'), path.join(root, 'none')];
  assert.deepEqual(find([`${root}/b`], { outputs }), {
    found: ['b/1.json 2'],
    reports: [],
    skipped: ['b/.hidden: its name starts with a dot', 'b/2.json: it is an output of this scan'],
  });
});

test('directories that link to each other are walked once each, not once for every path', () => {
  const dense = path.join(root, 'dense');
  const names = Array.from({ length: 12 }, (_, at) => `d${String(at).padStart(2, '0')}`);
  for (const name of names) {
    fs.mkdirSync(path.join(dense, name), { recursive: true });
    fs.writeFileSync(path.join(dense, name, 'x.json'), '{}');
    for (const other of names) if (other !== name) fs.symlinkSync(`../${other}`, path.join(dense, name, other));
  }
  const { found, reports, skipped } = find([dense]);
  assert.deepEqual([found.length, reports], [12, []]);
  // 12 names in the folder, 12 × 11 links, of which 12 were taken.
  assert.equal(skipped.length, 12 * 11);
  fs.rmSync(dense, { recursive: true });
});

test('a pipe is a stream when named, and named when found; devices are not read', (t) => {
  const pipe = path.join(root, 'b', 'pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) return t.skip('needs the command mkfifo');
  assert.deepEqual(find([pipe]).found, ['b/pipe (stream)']);
  assert.deepEqual(find([`${root}/b`]).reports, ['b/pipe: it is a pipe, socket or device: name it itself to read it']);
  assert.deepEqual(find(['/dev/null']).reports, ['/dev/null: it is a device, which is not read']);
  fs.rmSync(pipe);
});

test('a directory that cannot be listed is named and the rest goes on', () => {
  fs.mkdirSync(path.join(root, 'closed'), { mode: 0o000 });
  fs.chmodSync(root, 0o755);
  // The superuser may list every directory; be nobody for a moment.
  const superuser = process.getuid?.() === 0;
  if (superuser) process.seteuid?.(65534);
  try {
    const { found, reports } = find([root]);
    assert.equal(found.length, 5);
    assert.deepEqual(reports, ['closed: cannot list closed: permission denied']);
  } finally {
    if (superuser) process.seteuid?.(0);
    fs.rmdirSync(path.join(root, 'closed'));
  }
});
