/**
 * What events of a source are held to. A policy is kept under its own hash, so that what was checked when can be said of every
 * request for ever: its receipt names the policy, and a control entry stands before the first that does.
 */
import { fileInfo, makeDirectory, readBytes, replaceFile, sha256, WeirError } from '../../base/index.ts';
import { expressionTools } from '../../detect/index.ts';
import { compileExpression, positionOf } from '../../lang/index.ts';
import { CATALOGUE_VERSION, type RuleCheck, UNIFIED_VERSION, type ValidationSettings } from '../../schema/index.ts';

/** Where nothing is to be checked there is no policy. */
export interface ValidationPolicy {
  readonly mode: 'warn' | 'enforce';
  /** Name → expression that holds for good events. */
  readonly business: Readonly<Record<string, string>>;
  readonly compliance: Readonly<Record<string, string>>;
}

const ID_CHARACTERS = 32;

/** Names a policy by what it decides; other versions of the catalogue decide otherwise. */
export function policyId({ mode, business, compliance }: ValidationPolicy): string {
  const sorted = (checks: Readonly<Record<string, string>>) =>
    Object.entries(checks).sort(([a], [b]) => (a < b ? -1 : 1));
  const decisive = [CATALOGUE_VERSION, UNIFIED_VERSION, mode, sorted(business), sorted(compliance)];
  return sha256(JSON.stringify(decisive)).slice(0, ID_CHARACTERS);
}

/** Why an expression cannot be a check; null where it can. */
export function checkProblem(text: string): string | null {
  const compiled = compileExpression(text, expressionTools);
  if (!compiled.ok) {
    const [{ span, message, suggestion }] = compiled.diagnostics.filter(({ severity }) => severity === 'error');
    const { line, column } = positionOf(text, span.start);
    return `${line}:${column}: ${message}${suggestion === null ? '' : `. ${suggestion}`}`;
  }
  if (CONDITIONS.has(compiled.type)) return null;
  return `a check is a condition, this is of the type ${compiled.type}`;
}

const CONDITIONS: ReadonlySet<string> = new Set(['bool', 'dynamic']);

/** A policy ready to run. Throws `validation.check` where a check that a user wrote cannot be. */
export function settingsOf({ mode, business, compliance }: ValidationPolicy): ValidationSettings {
  const of = (kind: RuleCheck['kind'], checks: Readonly<Record<string, string>>): RuleCheck[] =>
    Object.entries(checks).map(([name, text]) => {
      const compiled = compileExpression(text, expressionTools);
      const problem = checkProblem(text);
      if (!compiled.ok || problem !== null) {
        throw new WeirError('validation.check', `the ${kind} check ${name} cannot be used: ${problem}`);
      }
      const { program } = compiled;
      // Its values are those of `src/lang`, which it was compiled for.
      const expect = program as unknown as RuleCheck['expect'];
      return { name, kind, expect, when: null, reason: `expected ${text}` };
    });
  return { mode, rules: [...of('business', business), ...of('compliance', compliance)] };
}

const fileOf = (folder: string, id: string): string => `${folder}/policies/${id}.json`;

/** Keeps a policy unless it is kept already; it is durable before this returns. */
export function savePolicy(folder: string, policy: ValidationPolicy): void {
  const file = fileOf(folder, policyId(policy));
  if (fileInfo(file) !== null) return;
  makeDirectory(`${folder}/policies`);
  const { mode, business, compliance } = policy;
  replaceFile(file, Buffer.from(JSON.stringify({ mode, business, compliance })), { durable: true });
}

/** Null where no such policy is kept. */
export function loadPolicy(folder: string, id: string): ValidationPolicy | null {
  if (!/^[0-9a-f]{1,64}$/.test(id)) return null;
  const file = fileOf(folder, id);
  if (fileInfo(file) === null) return null;
  return JSON.parse(new TextDecoder().decode(readBytes(file))) as ValidationPolicy;
}

/** The policies that the journal of this process names and the doors know. */
export class PoliciesInForce {
  readonly #folder: string;
  readonly #tellDoors: (id: string, policy: ValidationPolicy) => void;
  readonly #write: (id: string) => Promise<unknown>;
  readonly #ids = new WeakMap<ValidationPolicy, string>();
  readonly #named = new Map<string, Promise<unknown>>();

  /** @param write puts a policy's control entry on disk */
  constructor(
    folder: string,
    tellDoors: (id: string, policy: ValidationPolicy) => void,
    write: (id: string) => Promise<unknown>,
  ) {
    this.#folder = folder;
    this.#tellDoors = tellDoors;
    this.#write = write;
  }

  /** Id of a policy, once it may be used. Throws `validation.check`, and what keeps it from being written. */
  async idOf(policy: ValidationPolicy): Promise<string> {
    const id = this.#ids.get(policy) ?? policyId(policy);
    this.#ids.set(policy, id);
    let named = this.#named.get(id);
    if (named === undefined) {
      settingsOf(policy);
      savePolicy(this.#folder, policy);
      this.#tellDoors(id, policy);
      named = this.#write(id);
      this.#named.set(id, named);
    }
    try {
      await named;
    } catch (error) {
      this.#named.delete(id);
      throw error;
    }
    return id;
  }
}
