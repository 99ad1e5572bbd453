import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedText } from './asked.ts';

const asked = (body: unknown): string => askedText({ params: undefined, query: { limit: 5 }, body });

test('what was asked is JSON without secrets', () => {
  assert.equal(
    asked({ name: 'eve', password: 'correct horse', more: { api_token: ['x'], n: 1 } }),
    '{"query":{"limit":5},"body":{"name":"eve","password":"(secret)","more":{"api_token":"(secret)","n":1}}}',
  );
});

test('what is long is cut where it was, and what comes behind is not written for it', () => {
  const rules = Array.from({ length: 3000 }, (_, i) => `rule ${i} ${'x'.repeat(4000)}`);
  const text = asked({ rules });
  const whole = JSON.stringify({ query: { limit: 5 }, body: { rules } });
  assert.equal(text, `${whole.slice(0, 8192)}… (cut)`);
  assert.equal(
    asked('y'.repeat(9000)),
    `{"query":{"limit":5},"body":"${'y'.repeat(8192)}`.slice(0, 8192).concat('… (cut)'),
  );
  assert.equal(asked('z'.repeat(8000)).endsWith('z"}'), true);
});
