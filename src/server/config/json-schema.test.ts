import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigError, configJsonSchema, readConfig } from './index.ts';
import { scratchFile, writtenConfigs } from './samples.twin.ts';

// Ajv comes with fastify, below it.
const fastify = createRequire(createRequire(import.meta.url).resolve('@fastify/ajv-compiler'));
const { Ajv2020 } = fastify('ajv/dist/2020') as {
  Ajv2020: new (options: object) => { compile(schema: object): (value: unknown) => boolean };
};
const accepts = new Ajv2020({ strict: true, allowUnionTypes: true, discriminator: false }).compile(configJsonSchema());

/** What weir says: null when it takes the file, whether form alone is at fault when not. */
function verdict(file: string): { readonly structural: boolean } | null {
  try {
    readConfig({ file, secrets: 'skip' });
    return null;
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return { structural: error.problems.some(({ structural }) => structural) };
  }
}

type Tree = Record<string, unknown>;

/** Every place in a document: what holds it and its name there. */
function places(value: unknown, found: [Tree, string][] = []): [Tree, string][] {
  if (typeof value !== 'object' || value === null) return found;
  for (const name of Object.keys(value)) {
    found.push([value as Tree, name]);
    places((value as Tree)[name], found);
  }
  return found;
}

const WRONG = [
  null,
  true,
  -1,
  1.5,
  1e300,
  '',
  'x',
  '15m',
  '5GiB',
  '80%',
  'auto',
  'off',
  [],
  ['x'],
  [1],
  {},
  { a: 1 },
  { env: 'A' },
  { env: 'A', file: 'b' },
  '\u0001',
];

test('editors accept what weir takes and refuse what its form alone makes wrong', (t) => {
  const { write } = scratchFile(t);
  let refused = 0;
  fc.assert(
    fc.property(writtenConfigs, fc.nat(), fc.constantFrom(...WRONG), fc.boolean(), (written, draw, wrong, rename) => {
      assert.equal(accepts(written), true, 'a valid configuration');
      const changed = structuredClone(written);
      const all = places(changed);
      if (all.length > 0) {
        const [parent, name] = all[draw % all.length];
        if (rename && !Array.isArray(parent)) {
          parent[`${name}!`] = parent[name];
          delete parent[name];
        } else parent[name] = wrong;
      } else changed['x'] = wrong;
      const said = verdict(write(JSON.stringify(changed)));
      if (said === null) assert.equal(accepts(changed), true, 'weir takes it');
      else if (said.structural) {
        refused++;
        assert.equal(accepts(changed), false, 'weir refuses its form');
      }
    }),
    { numRuns: 60 },
  );
  assert.ok(refused > 10, `only ${refused} were refused`);
});

test('it is a schema of draft 2020-12 with a description and default for completion', () => {
  const schema = configJsonSchema() as { $schema: string; properties: { listen: { properties: { port: object } } } };
  assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
  assert.deepEqual(schema.properties.listen.properties.port, {
    description: 'TCP port; 0 takes any that is free.',
    default: 7700,
    type: 'integer',
    minimum: 0,
    maximum: 65_535,
  });
});
