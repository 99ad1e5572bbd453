import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { catalogue } from '../../src/schema/index.ts';
import { functionTable } from './expressions-document.ts';
import { jsonSchema } from './json-schema.ts';
import { markdown } from './markdown.ts';
import { typescript } from './typescript.ts';

const read = (rel: string): string => readFileSync(new URL(`../../${rel}`, import.meta.url), 'utf8');
const STALE = 'run test/schema/write.ts';

suite('what is generated from the catalogue is current', () => {
  test('the JSON Schema', () => {
    assert.deepEqual(JSON.parse(read('docs/schema/security-event.schema.json')), jsonSchema(), STALE);
  });

  test('the document', () => {
    assert.equal(read('docs/security-event.md'), markdown(), STALE);
  });

  test('the table of functions of expressions', () => {
    assert.ok(read('docs/expressions.md').includes(`\n${functionTable()}\n`));
  });

  test('the TypeScript types', () => {
    for (const [rel, text] of Object.entries(typescript())) assert.equal(read(`src/schema/${rel}`), text, STALE);
  });
});

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly description?: string;
}

suite('the JSON Schema', () => {
  const schema = JSON.parse(JSON.stringify(jsonSchema())) as Schema & { readonly $defs: object };

  /** The schema at a path, through lists. */
  function at(name: string): Schema | undefined {
    let here: Schema | undefined = schema;
    for (const key of name.split('.')) {
      const inner: Schema | undefined = here?.properties === undefined ? here?.anyOf?.[0] : here;
      here = inner?.properties?.[key];
    }
    return here;
  }

  test('has every field of the catalogue at its path, with its description', () => {
    for (const field of catalogue().values()) assert.equal(at(field.name)?.description, field.about, field.name);
  });

  test('refers only to what it defines', () => {
    const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(([, name]) => name);
    assert.ok(refs.length > 800);
    assert.deepEqual(
      refs.filter((name) => !Object.hasOwn(schema.$defs, name)),
      [],
    );
  });

  test('says of a process what it must have', () => {
    assert.match(
      JSON.stringify(schema),
      /"const":"process".{1,60}"then":\{"allOf":\[\{"anyOf":\[\{"required":\["process"\],"properties":\{"process":\{"required":\["executable"\]/,
    );
  });
});
