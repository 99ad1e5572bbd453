/** Written by test/schema/write.ts from the catalogue; do not edit. */

export interface ApplicationGroup {
  readonly id?: string;
  readonly name?: string;
}

export interface FacilityGroup {
  readonly code?: number;
  readonly name?: string;
}

export interface OsGroup {
  readonly family?: string;
  readonly full?: string;
  readonly kernel?: string;
  readonly name?: string;
  readonly platform?: string;
  readonly type?: 'linux' | 'macos' | 'unix' | 'windows' | 'ios' | 'android';
  readonly version?: string;
}

export interface GeoGroup {
  readonly city_name?: string;
  readonly continent_code?: string;
  readonly continent_name?: string;
  readonly country_iso_code?: string;
  readonly country_name?: string;
  readonly location?: { readonly lat: number; readonly lon: number };
  readonly name?: string;
  readonly postal_code?: string;
  readonly region_iso_code?: string;
  readonly region_name?: string;
  readonly timezone?: string;
}

export interface RiskGroup {
  readonly calculated_level?: string;
  readonly calculated_score?: number;
  readonly calculated_score_norm?: number;
  readonly static_level?: string;
  readonly static_score?: number;
  readonly static_score_norm?: number;
}

export interface IngressGroup {
  readonly interface?: {
    readonly name?: string;
  };
  readonly zone?: string;
}

export interface ThreadGroup {
  readonly id?: number;
  readonly name?: string;
}

export interface GroupLeaderGroup {
  readonly pid?: number;
  readonly entity_id?: string;
}

export interface HashGroup {
  readonly md5?: string;
  readonly sha1?: string;
  readonly sha256?: string;
  readonly sha384?: string;
  readonly sha512?: string;
  readonly ssdeep?: string;
  readonly tlsh?: string;
}

export interface PeGroup {
  readonly architecture?: string;
  readonly company?: string;
  readonly description?: string;
  readonly file_version?: string;
  readonly imphash?: string;
  readonly original_file_name?: string;
  readonly product?: string;
  readonly pehash?: string;
}

export interface CodeSignatureGroup {
  readonly exists?: boolean;
  readonly status?: string;
  readonly subject_name?: string;
  readonly trusted?: boolean;
  readonly valid?: boolean;
  readonly signing_id?: string;
  readonly team_id?: string;
  readonly timestamp?: string;
  readonly digest_algorithm?: string;
}

export interface IssuerGroup {
  readonly common_name?: string | readonly string[];
  readonly distinguished_name?: string;
}

export interface X509Group {
  readonly alternative_names?: string | readonly string[];
  readonly issuer?: IssuerGroup;
  readonly subject?: IssuerGroup;
  readonly not_before?: string;
  readonly not_after?: string;
  readonly serial_number?: string;
  readonly signature_algorithm?: string;
  readonly public_key_algorithm?: string;
  readonly public_key_size?: number;
  readonly version_number?: string;
}

export interface NatGroup {
  readonly ip?: string;
  readonly port?: number;
}

export interface AsGroup {
  readonly number?: number;
  readonly organization?: {
    readonly name?: string;
  };
}

export interface UserGroup {
  readonly id?: string;
  readonly name?: string;
  readonly domain?: string;
  readonly full_name?: string;
  readonly email?: string;
  readonly hash?: string;
}

export interface EndpointGroup {
  readonly address?: string;
  readonly ip?: string;
  readonly port?: number;
  readonly domain?: string;
  readonly registered_domain?: string;
  readonly subdomain?: string;
  readonly top_level_domain?: string;
  readonly mac?: string;
  readonly bytes?: number;
  readonly packets?: number;
  readonly nat?: NatGroup;
  readonly geo?: GeoGroup;
  readonly as?: AsGroup;
  readonly user?: UserGroup;
}

export interface HashGroup2 {
  readonly md5?: string;
  readonly sha1?: string;
  readonly sha256?: string;
}

export interface BodyGroup {
  readonly bytes?: number;
  readonly content?: string;
}

export interface GroupGroup {
  readonly id?: string;
  readonly name?: string;
  readonly domain?: string;
}

export interface TargetGroup {
  readonly id?: string;
  readonly name?: string;
  readonly domain?: string;
  readonly full_name?: string;
  readonly email?: string;
  readonly hash?: string;
  readonly roles?: string | readonly string[];
  readonly group?: GroupGroup;
}

export interface TacticGroup {
  readonly id?: string | readonly string[];
  readonly name?: string | readonly string[];
  readonly reference?: string | readonly string[];
}
