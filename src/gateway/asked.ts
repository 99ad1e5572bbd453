/** What a call asked for, as the audit log keeps it. */

/** Characters kept: a query is at most 64 K of them. */
const ASKED_MAX = 8192;
const SECRET = /password|secret|token|authorization/i;

/**
 * Parameters, query and body as JSON, without secrets, cut where they are long: texts behind so many characters are not even written, since
 * a body may have 32 MB of rules.
 */
export function askedText(call: { readonly params: unknown; readonly query: unknown; readonly body: unknown }): string {
  const { params, query, body } = call;
  const said = Object.entries({ params, query, body }).filter(([, value]) => value !== undefined);
  let left = ASKED_MAX;
  const text = JSON.stringify(Object.fromEntries(said), (key, value: unknown) => {
    if (SECRET.test(key)) return '(secret)';
    if (typeof value !== 'string') return value;
    const kept = value.slice(0, Math.max(0, left));
    left -= value.length;
    return kept;
  });
  return text.length > ASKED_MAX || left < 0 ? `${text.slice(0, ASKED_MAX)}… (cut)` : text;
}
