import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keysOf, namesOf, type SourceType, unescaped } from './index.ts';

function source(names: SourceType['names']): SourceType {
  const nothing = {
    title: '',
    version: 1,
    detect: { all: [] },
    discriminators: [],
    lanes: [],
    time: [],
    host: [],
    references: [],
  };
  return { id: 'test', ...nothing, names };
}

describe('keysOf', () => {
  it('splits at dots and reads escaped dots as part of a key', () => {
    assert.deepEqual(keysOf('id\\.orig_h'), ['id.orig_h']);
    assert.deepEqual(keysOf('winlog.event_data.Image'), ['winlog', 'event_data', 'Image']);
    assert.deepEqual(keysOf('a\\.b.c\\'), ['a.b', 'c\\']);
    assert.deepEqual(keysOf(''), ['']);
  });

  it('is undone by joining escaped keys, whatever the keys are, when none ends in a backslash', () => {
    const key = fc.string().filter((text) => !text.includes('\\'));
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), (keys) => {
        assert.deepEqual(keysOf(keys.map((one) => one.replaceAll('.', '\\.')).join('.')), keys);
      }),
    );
  });

  it('unescaped turns literal dots into separators', () => {
    assert.equal(unescaped('winlog\\.event_data\\.Image'), 'winlog.event_data.Image');
  });
});

describe('namesOf', () => {
  it('gives a column only its own path where there is no source type', () => {
    assert.deepEqual(namesOf(null)('a.b'), [{ name: 'a.b', rank: 0 }]);
  });

  it('ranks names by row, and the path itself after all rows', () => {
    const names = namesOf(
      source([
        { path: 'System.Level', name: 'Level' },
        { path: 'System.{x}', name: '{x}' },
        { path: '{x*}', name: 'all' },
      ]),
    );
    assert.deepEqual(names('System.Level'), [
      { name: 'Level', rank: 0 },
      { name: 'all', rank: 2 },
      { name: 'System.Level', rank: 3 },
    ]);
  });

  it('fills one key with {x}, several with {x*}, part of one with a{x}', () => {
    const names = namesOf(
      source([
        { path: 'Data.{x}', name: '{x}' },
        { path: 'User.{wrapper}.{x*}', name: '{x*}' },
        { path: 'param{n}', name: 'Data' },
        { path: 'S.{x}_attributes.{y}', name: '{x}_{y}' },
        { path: '{x*}.#text', name: '{x*}' },
      ]),
    );
    assert.equal(names('Data.Image')[0]?.name, 'Image');
    assert.deepEqual(
      names('Data.a.b').map(({ name }) => name),
      ['Data.a.b'],
    );
    assert.equal(names('User.Wrapper.a.b')[0]?.name, 'a.b');
    assert.equal(names('param12')[0]?.name, 'Data');
    assert.deepEqual(
      names('param').map(({ name }) => name),
      ['param'],
    );
    assert.equal(names('S.Provider_attributes.Name')[0]?.name, 'Provider_Name');
    assert.equal(names('a.b.#text')[0]?.name, 'a.b');
  });

  it('removes spaces from names and keeps the path as it is written beside', () => {
    assert.deepEqual(namesOf(source([{ path: 'D.{x}', name: '{x}' }]))('D.Threat Name'), [
      { name: 'ThreatName', rank: 0 },
      { name: 'D.Threat Name', rank: 1 },
      { name: 'D.ThreatName', rank: 1 },
    ]);
  });

  it('reads dotted keys as nested ones, and prefers a key that really has a dot', () => {
    const names = namesOf(source([{ path: 'winlog.data.{x}', name: '{x}' }]));
    assert.deepEqual(names('winlog\\.data\\.Image'), [
      { name: 'Image', rank: 0 },
      { name: 'winlog\\.data\\.Image', rank: 1 },
      { name: 'winlog.data.Image', rank: 1 },
    ]);
    assert.equal(names('winlog.data.a\\.b')[0]?.name, 'a.b');
  });

  it('takes any path without throwing, and always includes the path', () => {
    const names = namesOf(
      source([
        { path: '{a*}.{b}.{c*}', name: '{a*}' },
        { path: 'x{a}y{b}z', name: '{a}{b}' },
      ]),
    );
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (path) => {
        assert.ok(names(path).some(({ name }) => name === path));
      }),
    );
  });
});
