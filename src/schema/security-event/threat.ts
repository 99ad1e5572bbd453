/** Written by test/schema/write.ts from the catalogue; do not edit. */
import type { AsGroup, HashGroup, TacticGroup } from './groups.ts';

export interface ThreatFields {
  readonly threat?: {
    readonly framework?: string;
    readonly tactic?: TacticGroup;
    readonly group?: {
      readonly id?: string;
      readonly name?: string;
      readonly alias?: string | readonly string[];
      readonly reference?: string;
    };
    readonly software?: {
      readonly id?: string;
      readonly name?: string;
      readonly type?: string;
      readonly platforms?: string | readonly string[];
    };
    readonly feed?: {
      readonly name?: string;
      readonly reference?: string;
    };
    readonly enrichments?: readonly {
      readonly indicator?: Readonly<Record<string, unknown>>;
      readonly matched?: {
        readonly atomic?: string;
        readonly field?: string;
        readonly type?: string;
      };
    }[];
    readonly technique?: {
      readonly id?: string | readonly string[];
      readonly name?: string | readonly string[];
      readonly reference?: string | readonly string[];
      readonly subtechnique?: TacticGroup;
    };
    readonly indicator?: {
      readonly type?: string;
      readonly name?: string;
      readonly description?: string;
      readonly ip?: string;
      readonly port?: number;
      readonly email?: {
        readonly address?: string;
      };
      readonly file?: {
        readonly name?: string;
        readonly path?: string;
        readonly hash?: HashGroup;
      };
      readonly confidence?: string;
      readonly first_seen?: string;
      readonly last_seen?: string;
      readonly modified_at?: string;
      readonly provider?: string;
      readonly reference?: string;
      readonly sightings?: number;
      readonly scanner_stats?: number;
      readonly marking?: {
        readonly tlp?: string;
      };
      readonly url?: {
        readonly original?: string;
        readonly full?: string;
        readonly domain?: string;
        readonly registered_domain?: string;
        readonly subdomain?: string;
        readonly top_level_domain?: string;
        readonly path?: string;
        readonly query?: string;
      };
      readonly geo?: {
        readonly city_name?: string;
        readonly continent_code?: string;
        readonly continent_name?: string;
        readonly country_iso_code?: string;
        readonly country_name?: string;
      };
      readonly as?: AsGroup;
    };
  };
}
