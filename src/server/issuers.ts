/** Issuers of tokens as configured, as the gateway takes them. */
import type { JwtOptions } from '../gateway/index.ts';
import type { Config } from './config/index.ts';

export function tokenIssuers({ auth }: Pick<Config, 'auth'>): JwtOptions[] {
  return Object.values(auth.jwt).map(
    ({ issuer, audience, jwks_url, jwks_file, tenant, tenant_claim, roles_claim, roles }) => {
      // The configuration is checked: there is one of each pair.
      const jwks = jwks_url === undefined ? { file: jwks_file ?? '' } : { url: jwks_url };
      const of = tenant === undefined ? { claim: tenant_claim ?? '' } : { fixed: tenant };
      return { issuer, audience, jwks, tenant: of, rolesClaim: roles_claim, roles };
    },
  );
}
