/** Microsoft's own reading of Kusto, as a judge of what is Kusto: scripts for browsers, run once in this process. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';
import { z } from 'zod';

/** The few things asked of the package, which brings types for global names only. */
interface Listed {
  readonly Count: number;
  getItem(i: number): { readonly Severity: string; readonly Code: string; readonly Message: string };
}
interface Parsed {
  GetDiagnostics(): Listed;
  GetSyntaxDiagnostics(): Listed;
}
interface Kusto {
  readonly Language: {
    readonly KustoCode: {
      Parse(text: string): Parsed;
      ParseAndAnalyze(text: string, globals: unknown): Parsed;
    };
    readonly GlobalState: { readonly Default: { WithDatabase(database: unknown): unknown } };
    readonly Symbols: {
      readonly TableSymbol: { From(columns: string): { WithName(name: string): unknown } };
      readonly DatabaseSymbol: { readonly ctor: new (name: string, tables: readonly unknown[]) => unknown };
    };
  };
}

export interface Judge {
  /** Errors of a query over the tables: of syntax, names and types. */
  errors(query: string): string[];
  /** Errors of syntax alone. */
  syntaxErrors(query: string): string[];
}

const has = (value: unknown): value is Kusto => z.object({ Language: z.looseObject({}) }).safeParse(value).success;

/** @param tables columns as Kusto writes them: `(a:long, b:string)` */
export function kustoJudge(tables: Readonly<Record<string, string>>): Judge {
  const { resolve } = createRequire(import.meta.url);
  for (const name of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) {
    const file = resolve(`@kusto/language-service-next/${name}`);
    vm.runInThisContext(fs.readFileSync(file, 'utf8'), { filename: name });
  }
  const kusto: unknown = Reflect.get(globalThis, 'Kusto');
  if (!has(kusto)) throw new Error('the package has no Kusto.Language');
  const { KustoCode, GlobalState, Symbols } = kusto.Language;
  const symbols = Object.entries(tables).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
  const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('weir', symbols));
  return {
    errors: (query) => listed(KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics()),
    syntaxErrors: (query) => listed(KustoCode.Parse(query).GetSyntaxDiagnostics()),
  };
}

function listed(diagnostics: Listed): string[] {
  const found: string[] = [];
  for (let i = 0; i < diagnostics.Count; i++) {
    const { Severity, Code, Message } = diagnostics.getItem(i);
    if (Severity === 'Error') found.push(`${Code} ${Message}`);
  }
  return found;
}
