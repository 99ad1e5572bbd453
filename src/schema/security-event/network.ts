/** Written by test/schema/write.ts from the catalogue; do not edit. */
import type { ApplicationGroup, EndpointGroup, HashGroup2, X509Group } from './groups.ts';

export interface NetworkFields {
  readonly source?: EndpointGroup;
  readonly destination?: EndpointGroup;
  readonly client?: EndpointGroup;
  readonly server?: EndpointGroup;
  readonly network?: {
    readonly transport?: string;
    readonly protocol?: string;
    readonly application?: string;
    readonly type?: string;
    readonly iana_number?: string;
    readonly direction?: 'ingress' | 'egress' | 'inbound' | 'outbound' | 'internal' | 'external' | 'unknown';
    readonly bytes?: number;
    readonly packets?: number;
    readonly community_id?: string;
    readonly forwarded_ip?: string;
    readonly name?: string;
    readonly vlan?: ApplicationGroup;
  };
  readonly dns?: {
    readonly type?: string;
    readonly id?: string;
    readonly op_code?: string;
    readonly header_flags?: string | readonly string[];
    readonly question?: {
      readonly name?: string;
      readonly type?: string;
      readonly class?: string;
      readonly registered_domain?: string;
      readonly subdomain?: string;
      readonly top_level_domain?: string;
    };
    readonly answers?: readonly {
      readonly name?: string;
      readonly type?: string;
      readonly data?: string;
      readonly ttl?: number;
      readonly class?: string;
    }[];
    readonly resolved_ip?: string | readonly string[];
    readonly response_code?: string;
  };
  readonly tls?: {
    readonly version?: string;
    readonly version_protocol?: string;
    readonly cipher?: string;
    readonly curve?: string;
    readonly established?: boolean;
    readonly resumed?: boolean;
    readonly next_protocol?: string;
    readonly client?: {
      readonly server_name?: string;
      readonly ja3?: string;
      readonly issuer?: string;
      readonly subject?: string;
      readonly not_before?: string;
      readonly not_after?: string;
      readonly hash?: HashGroup2;
      readonly x509?: X509Group;
    };
    readonly server?: {
      readonly ja3s?: string;
      readonly issuer?: string;
      readonly subject?: string;
      readonly not_before?: string;
      readonly not_after?: string;
      readonly hash?: HashGroup2;
      readonly x509?: X509Group;
    };
  };
}
