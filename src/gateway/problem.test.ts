import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from '../base/index.ts';
import { Problem, type ProblemKind, problemOf, problemTable, renderProblem } from './problem.ts';
import { newRequestId, requestIdOf, traceOf } from './request-id.ts';

test('every problem has a code of its room, an error status and a title without an end', () => {
  for (const [code, kind] of Object.entries<ProblemKind>(problemTable)) {
    assert.match(code, /^[a-z]+\.[a-z_]+$/);
    assert.ok(kind.status >= 400 && kind.status < 600, code);
    assert.doesNotMatch(kind.title, /\.$/, code);
    if (kind.hint !== undefined) assert.match(kind.hint, /\.$/, code);
    if (kind.status === 503 || kind.status === 429) assert.ok((kind.retryAfterSeconds ?? 0) > 0, code);
  }
});

test('a problem is answered with all that is known of it', () => {
  const errors = [{ at: 'body.name', reason: 'too long' }];
  const problem = new Problem('http.rate', 'the journal is behind', { retryAfterSeconds: 2.2, hint: 'Wait.', errors });
  assert.deepEqual(renderProblem(problem, 'r1'), {
    status: 429,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '3' },
    body: '{"type":"urn:weir:problem:http.rate","title":"Too fast","status":429,"detail":"the journal is behind","code":"http.rate","hint":"Wait.","request_id":"r1","errors":[{"at":"body.name","reason":"too long"}]}\n',
  });
  assert.equal(renderProblem(new Problem('auth.wrong'), 'r').headers['www-authenticate'], 'Bearer');
});

test('errors of other rooms keep code, message and hint where the table knows them, and nothing where not', () => {
  const known = problemOf(new WeirError('meta.last_admin', 'the last one', { hint: 'Make another.' }));
  assert.deepEqual([known.kind.status, known.message, known.hint], [409, 'the last one', 'Make another.']);
  for (const error of [
    new WeirError('disk.read', '/secret/path'),
    new Error('secret'),
    'secret',
    { code: 'auth.wrong' },
    null,
  ]) {
    const problem = problemOf(error);
    assert.deepEqual([problem.code, problem.cause], ['http.internal', error]);
    assert.doesNotMatch(renderProblem(problem, 'r').body, /secret/);
  }
  assert.equal(problemOf(new WeirError('toString', 'x')).code, 'http.internal');
});

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

test('a request has the name its sender gave it, else that of its trace, else a new one', () => {
  assert.equal(requestIdOf({ 'x-request-id': 'job 7', traceparent: PARENT }), TRACE, 'a blank is no part of a name');
  assert.equal(requestIdOf({ 'x-request-id': 'job-7', traceparent: PARENT }), 'job-7');
  assert.match(requestIdOf({}), /^[0-9a-f]{32}$/);
  assert.notEqual(newRequestId(), newRequestId());
  for (const bad of ['', 'a\nb', 'x'.repeat(129), '\u00e9'])
    assert.match(requestIdOf({ 'x-request-id': bad }), /^[0-9a-f]{32}$/);
});

test('traces are those of W3C Trace Context', () => {
  assert.deepEqual(traceOf({ traceparent: PARENT }, 'x'), {
    traceId: TRACE,
    parentId: '00f067aa0ba902b7',
    sampled: true,
  });
  assert.equal(traceOf({ traceparent: PARENT.replace(/1$/, '0') }, 'x').sampled, false);
  assert.equal(
    traceOf({ traceparent: `cc-${PARENT.slice(3)}-later` }, 'x').traceId,
    TRACE,
    'a later version may say more',
  );
  const bad = [
    `${PARENT}-more`,
    `ff-${PARENT.slice(3)}`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    PARENT.toUpperCase(),
    `cc-${PARENT.slice(3)}-${'x'.repeat(600)}`,
    '',
  ];
  for (const traceparent of bad) assert.equal(traceOf({ traceparent }, TRACE.slice(1)).parentId, null, traceparent);
  const own = newRequestId();
  assert.equal(traceOf({}, own).traceId, own);
  assert.match(traceOf({}, 'job-7').traceId, /^[0-9a-f]{32}$/);
});
