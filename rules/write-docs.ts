/** Writes `docs/rules.md` from the rules in this folder: `node bin/node24.js rules/write-docs.ts`. */
import { fileURLToPath } from 'node:url';
import { replaceFile } from '../src/base/index.ts';
import { type CorrelationRule, type DetectionRule, loadRules } from '../src/detect/index.ts';
import { readShippedRules } from './shipped.ts';

const PRODUCTS: Readonly<Record<string, string>> = {
  windows: 'Windows',
  linux: 'Linux',
  network: 'Network',
  aws: 'AWS',
  azure: 'Microsoft Entra',
  m365: 'Microsoft 365',
  gcp: 'Google Cloud',
  kubernetes: 'Kubernetes',
  okta: 'Okta',
  github: 'GitHub',
};

const HEAD = `# Rules that come with weir

<!-- Written by rules/write-docs.ts; a test holds it true. -->

\`weir scan\` uses these when it is given no \`--rules\`. They were written for weir, under its licence, and are Sigma 2.1 like any
others. Each has events beside it in \`rules/tests\` on which it must fire, and near misses on which it must not.

A rule marked *base* gives no hits of its own: a correlation counts or orders what it finds.
`;

/** Where a rule looks: `product / category / service`, or what a correlation is made of. */
function source(rule: DetectionRule | CorrelationRule): string {
  if (rule.kind === 'correlation') return `correlation: ${rule.type}`;
  const { product, category, service } = rule.logsource;
  return [product, category, service].filter((part) => part !== undefined).join(' / ');
}

function tactics(tags: readonly string[]): string {
  return tags
    .filter((tag) => tag.startsWith('attack.') && !/^attack\.t\d/.test(tag))
    .map((tag) => tag.slice('attack.'.length).replaceAll('-', ' '))
    .join(', ');
}

const techniques = (tags: readonly string[]): string =>
  tags
    .filter((tag) => /^attack\.t\d/.test(tag))
    .map((tag) => tag.slice('attack.'.length).toUpperCase())
    .join(', ');

/** The whole page. */
export function rulesPage(): string {
  const files = readShippedRules();
  const { detections, correlations, silencedBy } = loadRules(files);
  const rules = [...detections, ...correlations].sort((a, b) => (a.path < b.path ? -1 : 1));
  const unlisted = rules.find(({ path }) => !Object.hasOwn(PRODUCTS, path.slice(0, path.indexOf('/'))));
  if (unlisted !== undefined) throw new Error(`rules/${unlisted.path}: PRODUCTS names no such folder`);
  const sections = Object.entries(PRODUCTS).map(([folder, title]) => {
    const rows = rules
      .filter(({ path }) => path.startsWith(`${folder}/`))
      .map((rule) => {
        const level = Object.hasOwn(silencedBy, rule.id) ? `${rule.level}, base` : rule.level;
        const cells = [
          `[${rule.title}](../rules/${rule.path})`,
          tactics(rule.tags),
          techniques(rule.tags),
          source(rule),
          level,
        ];
        return `| ${cells.join(' | ')} |`;
      });
    const table = ['| rule | tactics | techniques | source | level |', '|---|---|---|---|---|', ...rows];
    return [`## ${title}`, '', ...table].join('\n');
  });
  const filters = files.filter(({ text }) => /^filter:/m.test(text));
  const filterRows = filters.map(({ path, text }) => `- [${/^title: (.+)$/m.exec(text)?.[1]}](../rules/${path})`);
  return `${[HEAD, sections.join('\n\n'), '', '## Filters', '', ...filterRows].join('\n')}\n`;
}

if (import.meta.main) {
  replaceFile(fileURLToPath(new URL('../docs/rules.md', import.meta.url)), rulesPage());
}
