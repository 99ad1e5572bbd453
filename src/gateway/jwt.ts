/**
 * JSON Web Tokens of an identity provider (RFC 7519, checked as RFC 8725 asks): asymmetric signatures only, issuer, audience and
 * expiry demanded. The keys come from a JWKS file, read again when it changes, or a URL.
 */
import { hash } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { now as clock, fileStamp, limits, readText, WeirError } from '../base/index.ts';
import { isRole, type Role, scopesOf, TENANT_PATTERN } from '../meta/index.ts';
import { isLoopback } from './listen.ts';
import type { Principal } from './principal.ts';
import { Problem } from './problem.ts';

export interface JwtOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Where the public keys are: an `https:` URL (`http:` on loopback), or the path of a file. */
  readonly jwks: { readonly url: string } | { readonly file: string };
  /** The claim that names the tenant, or `{ fixed }` where all users of this issuer are of one tenant. */
  readonly tenant: { readonly claim: string } | { readonly fixed: string };
  /** The claim with role names, a string or a list: the name of a claim, or a path through objects (`realm_access.roles`). */
  readonly rolesClaim: string;
  /** What the issuer's role names mean here; names that are roles of weir need no entry. */
  readonly roles?: Readonly<Record<string, Role>>;
}

export interface TokenVerifier {
  /** Rejects with `auth.wrong`, `auth.no_role`, `auth.keys_unavailable`. */
  verify(token: string): Promise<Principal>;
}

const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
  'Ed25519',
];
const CLOCK_TOLERANCE_SECONDS = 30;
/** A file's stamp costs a system call. */
const FILE_CHECK_MS = 5000;

/** Throws `auth.jwks` where the place of the keys is not allowed, or the file holds none. */
export function jwtVerifier(options: JwtOptions, now: () => number = clock): TokenVerifier {
  const keys = 'url' in options.jwks ? keysFromUrl(options.jwks.url) : keysFromFile(options.jwks.file, now);
  return {
    verify: async (token) => {
      const payload = await verified(token, keys, options, now);
      const tenant = 'fixed' in options.tenant ? options.tenant.fixed : claimAt(payload, options.tenant.claim);
      if (typeof tenant !== 'string' || !TENANT_PATTERN.test(tenant)) throw new Problem('auth.wrong');
      const roles = rolesIn(claimAt(payload, options.rolesClaim), options.roles ?? {});
      if (roles.length === 0) throw new Problem('auth.no_role');
      const subject = String(payload.sub ?? '');
      return {
        tenant,
        credential: `jwt:${hash('sha256', JSON.stringify([options.issuer, subject]), 'hex').slice(0, 32)}`,
        name: subject,
        scopes: new Set(scopesOf(tenant, roles)),
        expiresMs: (payload.exp ?? 0) * 1000,
      };
    },
  };
}

/** Of several issuers: the one that a token names is asked, where it has several audiences each in turn. */
export function jwtVerifiers(issuers: readonly JwtOptions[], now: () => number = clock): TokenVerifier {
  const verifiers = issuers.map((options) => ({ issuer: options.issuer, verifier: jwtVerifier(options, now) }));
  return {
    verify: async (token) => {
      const issuer = issuerOf(token);
      let problem: unknown = new Problem('auth.wrong');
      for (const each of verifiers) {
        if (each.issuer !== issuer) continue;
        try {
          return await each.verifier.verify(token);
        } catch (error) {
          problem = error;
        }
      }
      throw problem;
    },
  };
}

/** As it claims: nothing is believed of it before its signature is checked by the keys of that issuer. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function verified(
  token: string,
  keys: JWTVerifyGetKey,
  { issuer, audience }: JwtOptions,
  now: () => number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now()),
    });
    return payload;
  } catch (cause) {
    // What is wrong with the token is for the log alone. A key that is not in the set may come with the next one.
    const unavailable = !(cause instanceof errors.JOSEError) || cause instanceof errors.JWKSTimeout;
    throw new Problem(
      unavailable || cause.code === 'ERR_JOSE_GENERIC' ? 'auth.keys_unavailable' : 'auth.wrong',
      undefined,
      { cause },
    );
  }
}

function keysFromUrl(text: string): JWTVerifyGetKey {
  const url = URL.canParse(text) ? new URL(text) : null;
  const allowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url === null || !allowed) {
    throw new WeirError('auth.jwks', `the keys of tokens cannot be read from ${text}`, {
      hint: 'Give an https: URL; http: is for loopback addresses alone.',
    });
  }
  return createRemoteJWKSet(url, { timeoutDuration: limits.jwksMs, [customFetch]: boundedFetch });
}

/** No redirects (the caller's `redirect: 'manual'`), and no more bytes than a set of keys can have. */
const boundedFetch: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > limits.jwksBytesMax) throw new Error(`more than ${limits.jwksBytesMax} bytes of keys at ${url}`);
    parts.push(part);
  }
  return new Response(Buffer.concat(parts), { status: response.status, headers: response.headers });
};

function keysFromFile(file: string, now: () => number): JWTVerifyGetKey {
  const read = (): JWTVerifyGetKey => {
    try {
      return createLocalJWKSet(JSON.parse(readText(file, limits.jwksBytesMax)) as JSONWebKeySet);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new WeirError('auth.jwks', `the keys of tokens cannot be read from ${file}: ${why}`, {
        hint: 'Give a JSON Web Key Set: {"keys": [...]}.',
        cause,
      });
    }
  };
  let stamp = fileStamp(file);
  let checkedMs = now();
  let keys = read();
  return (header, token) => {
    if (now() - checkedMs >= FILE_CHECK_MS) {
      checkedMs = now();
      const current = fileStamp(file);
      if (current !== stamp) {
        keys = read();
        stamp = current;
      }
    }
    return keys(header, token);
  };
}

/** A claim by its whole name (which may be a URL with dots), else by a path through objects. */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let value: unknown = payload;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function rolesIn(claim: unknown, meanings: Readonly<Record<string, Role>>): Role[] {
  const names = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  const roles = names.flatMap((name: unknown) => {
    if (typeof name !== 'string') return [];
    if (Object.hasOwn(meanings, name)) return [meanings[name]];
    return isRole(name) ? [name] : [];
  });
  return [...new Set(roles)];
}
