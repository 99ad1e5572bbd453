/**
 * Static security analysis: what Biome does not look for. ESLint cannot read TypeScript by itself; types are stripped the way
 * Node does it, with spaces in their place, so that every finding has its true line and column.
 */
import { stripTypeScriptTypes } from 'node:module';
import noUnsanitized from 'eslint-plugin-no-unsanitized';
import security from 'eslint-plugin-security';
import * as espree from 'espree';

const typescript = {
  meta: { name: 'strip-types', version: '1' },
  parseForESLint: (code, options) => ({ ast: espree.parse(stripTypeScriptTypes(code), options) }),
};

/**
 * V8 moves a pattern to its linear engine when it backtracks too much (bin/find-node24.js), but not one with flags `i`,
 * `u`, `v` or `y`: nested repetition is a finding there. The plugin's rule takes `(a?)?` for nested repetition too; only
 * a repeated group without an upper bound can take exponential time.
 */
const slowRegex = {
  create: (context) => {
    const report = (finding) => {
      const { pattern = ')*', flags = 'u' } = finding.node.regex ?? {};
      if (/[iuvy]/.test(flags) && /\)(?:[*+]|\{\d+,\})/.test(pattern)) context.report(finding);
    };
    return security.rules['detect-unsafe-regex'].create(Object.create(context, { report: { value: report } }));
  },
};

const restricted = [
  ['Property[key.name="shell"][value.value!=false]', 'A shell takes data for commands: pass an argument list.'],
  ['ImportDeclaration[source.value=/^(node:)?vm$/]', 'node:vm is no boundary against hostile code.'],
  ['MemberExpression[property.name="__proto__"]', 'Hostile keys reach prototypes this way.'],
  ['Property[key.name="rejectUnauthorized"][value.value=false]', 'This switches off the check of certificates.'],
  ['ForInStatement', 'for-in walks prototypes too: use Object.keys or Object.entries.'],
];

export default [
  { ignores: ['**/*.test.ts', '**/*.twin.ts', 'test/**', 'kernel/**', 'dist/**', 'coverage/**', '.build-*/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['**/*.ts'], languageOptions: { parser: typescript } },
  {
    files: ['**/*.ts', '**/*.js'],
    plugins: { security, 'no-unsanitized': noUnsanitized, weir: { rules: { 'slow-regex': slowRegex } } },
    rules: {
      'no-eval': 'error',
      'no-extend-native': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-proto': 'error',
      'no-restricted-syntax': ['error', ...restricted.map(([selector, message]) => ({ selector, message }))],
      'no-script-url': 'error',
      'no-unsanitized/method': 'error',
      'no-unsanitized/property': 'error',
      'security/detect-bidi-characters': 'error',
      'security/detect-buffer-noassert': 'error',
      'security/detect-child-process': 'error',
      'security/detect-disable-mustache-escape': 'error',
      'security/detect-eval-with-expression': 'error',
      'security/detect-new-buffer': 'error',
      'security/detect-non-literal-fs-filename': 'error',
      'security/detect-non-literal-regexp': 'error',
      'security/detect-non-literal-require': 'error',
      'security/detect-pseudoRandomBytes': 'error',
      'weir/slow-regex': 'error',
    },
  },
  {
    // Where secrets are compared; elsewhere a `token` is a parser's.
    files: ['src/gateway/**', 'src/meta/**', 'src/server/**'],
    rules: { 'security/detect-possible-timing-attacks': 'error' },
  },
  {
    // Reading and writing paths it is given is what this room is for; everyone else comes through it.
    files: ['src/base/**'],
    rules: { 'security/detect-non-literal-fs-filename': 'off' },
  },
  {
    // Tools a developer runs on their own checkout: paths and commands are this repo's own.
    files: ['scripts/**', 'bench/**', 'bin/**'],
    rules: {
      'security/detect-child-process': 'off',
      'security/detect-non-literal-fs-filename': 'off',
      'security/detect-non-literal-regexp': 'off',
    },
  },
  {
    // Patterns of rules become expressions here and nowhere else, translated for the linear engine and with its flag `l`.
    files: ['src/detect/sigma/regex.ts'],
    rules: { 'security/detect-non-literal-regexp': 'off' },
  },
];
