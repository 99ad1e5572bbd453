import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pipelineOf, ruleOf, shown, through } from '../../../test/sigma/pipeline-kit.ts';
import { applyPipelines } from './pipeline.ts';

const only = (field: string) => `field_name_conditions: [{type: include_fields, fields: [${field}]}]`;

test('drop_detection_item takes items away, and selections and conditions of which nothing is left', () => {
  const drop = `{type: drop_detection_item, ${only('B')}}`;
  assert.equal(through('{A: x, B: y}', drop), 'A=x');
  assert.equal(through('[{A: x, B: y}, {B: z}]', drop), 'A=x');
  const two = (condition: string) =>
    shown(applyPipelines(ruleOf('  sel: {A: x}\n  f1: {B: y}\n  f2: {B: z}', condition), [pipelineOf(drop)]));
  assert.equal(two('sel and not f1'), 'A=x');
  assert.equal(two('sel or f1'), 'A=x');
  assert.equal(two('sel and not 1 of f*'), 'A=x');
  assert.equal(two('sel and 1 of *'), 'A=x; if (sel and any of *)');
  assert.throws(() => two('f1'), /the pipeline leaves nothing of the rule/);
});

test('replace_string works on the value with its wildcards, keeps what it does not touch, and turns numbers to text', () => {
  const replace = (regex: string, replacement: string, more = '') =>
    `{type: replace_string, regex: '${regex}', replacement: '${replacement}'${more}}`;
  assert.equal(through('{A|endswith: \\cmd.exe}', replace('^\\*\\\\', '*/')), 'A=*/cmd.exe');
  assert.equal(through('{A|contains: [one, two]}', replace('one', '1')), 'A=*1*,*two*');
  assert.equal(through('{A: C:\\\\*}', replace('C:', 'D:')), 'A=D:\\\\*');
  assert.equal(through("{A: 'a\\*b'}", replace('\\\\\\*', '?')), 'A=a?b');
  assert.equal(through("{A: 'a\\*b'}", replace('\\*', 'x')), 'A=a\\xb');
  assert.equal(through('{A: 4624}', replace('46', '')), 'A=24');
  assert.equal(through('{A|re: one}', replace('one', '1')), 'A|re=one');
  assert.equal(through('{A: bob@corp}', replace('(\\w+)@(?P<d>\\w+)', '\\g<d>/\\1')), 'A=corp/bob');
  assert.equal(through('{A: none}', replace('x', 'y')), 'A=none');
  assert.equal(through('{A|windash|contains: " -a"}', replace('a', 'b')), 'A|windash|contains= -b');
});

test('replace_string leaves wildcards alone when told to, and makes some when told to', () => {
  const skip = (replacement: string, more: string) =>
    `{type: replace_string, regex: 'a', replacement: '${replacement}', skip_special: true${more}}`;
  assert.equal(through('{A: a*a}', skip('b', '')), 'A=b*b');
  assert.equal(through('{A: a*c}', skip('*', '')), 'A=\\**c');
  assert.equal(through('{A: a-c}', skip('*', ', interpret_special: true')), 'A=*-c');
  assert.equal(through('{A: x*}', skip('b', '')), 'A=x*');
});

test('map_string replaces whole values by one or several', () => {
  assert.equal(
    through('{A: [one, two, three]}', '{type: map_string, mapping: {one: "1", two: [b, c]}}'),
    'A=1,b,c,three',
  );
  assert.equal(through('{A|contains: x}', '{type: map_string, mapping: {x: no, "*x*": yes}}'), 'A=yes');
});

test('set_value puts one value in place of all, of the type asked for', () => {
  assert.equal(through('{A|contains|all: [x, y]}', '{type: set_value, value: z}'), 'A|all=z');
  assert.equal(through('{A|re: x}', '{type: set_value, value: 5, force_type: str}'), 'A=5');
  assert.equal(through('{A: x}', '{type: set_value, value: "5", force_type: num}'), 'A=<5>');
  assert.equal(through('{A: x}', '{type: set_value, value: null}'), 'A=<null>');
});

test('convert_type turns numbers to text and text to numbers', () => {
  assert.equal(through('{A: [1, x, true]}', '{type: convert_type, target_type: str}'), 'A=1,x,<true>');
  assert.equal(through('{A: ["1", 2]}', '{type: convert_type, target_type: num}'), 'A=<1>,<2>');
  assert.equal(through('{A|re: "1"}', '{type: convert_type, target_type: num}'), 'A|re=1');
  assert.throws(() => through('{A: x}', '{type: convert_type, target_type: num}'), /convert_type: x is no number/);
});

test('case changes the letters of values', () => {
  assert.equal(through('{A|contains: AbC, N: 1}', '{type: case, method: upper}'), '(A=*ABC* & N=<1>)');
  assert.equal(through('{A: AbC}', '{type: case}'), 'A=abc');
  assert.equal(through('{A: CommandLine}', '{type: case, method: snake_case}'), 'A=command_line');
  assert.equal(through('{A|contains: abc}', '{type: case}'), 'A|contains=abc');
});

test('regex says only how case counts: plain makes values heed it', () => {
  assert.equal(through('{A|contains: aB}', '{type: regex, method: plain}'), 'A|contains|cased=aB');
  assert.equal(through('{A: aB, N: 1}', '{type: regex}'), '(A=aB & N=<1>)');
  assert.equal(through('{N: 1}', '{type: regex, method: plain}'), 'N=<1>');
});

test('hashes_fields splits hashes into a field per algorithm, and keeps what names none', () => {
  const step = '{type: hashes_fields, valid_hash_algos: [MD5, SHA1], field_prefix: File}';
  const md5 = 'a'.repeat(32);
  assert.equal(through(`{Hashes|contains: [SHA1=abc, MD5=def]}`, step), '(FileSHA1=abc | FileMD5=def)');
  assert.equal(through(`{Hash: ${md5}}`, step), `FileMD5=${md5}`);
  assert.equal(through('{Hashes|contains|all: [SHA1=abc, MD5=def]}', step), '(FileSHA1|all=abc & FileMD5|all=def)');
  assert.equal(through('{Hashes|contains: [MD5=def, IMPHASH=x]}', step), '(FileMD5=def | Hashes|contains=IMPHASH=x)');
  assert.equal(
    through(
      '{Hashes: "md5|def"}',
      '{type: hashes_fields, valid_hash_algos: [MD5], drop_algo_prefix: true, field_prefix: hash}',
    ),
    'hash=def',
  );
  assert.equal(through('{Other: MD5=x, Hashes|re: y}', step), '(Other=MD5=x & Hashes|re=y)');
  assert.throws(() => through('{Hashes: IMPHASH=x}', step), /Hashes names no hash of MD5, SHA1/);
});
