/** Written by test/schema/write.ts from the catalogue; do not edit. */
import type { BodyGroup, OsGroup } from './groups.ts';

export interface WebFields {
  readonly http?: {
    readonly request?: {
      readonly method?: string;
      readonly referrer?: string;
      readonly bytes?: number;
      readonly body?: BodyGroup;
      readonly id?: string;
      readonly mime_type?: string;
    };
    readonly response?: {
      readonly status_code?: number;
      readonly bytes?: number;
      readonly body?: BodyGroup;
      readonly mime_type?: string;
    };
    readonly version?: string;
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
    readonly extension?: string;
    readonly fragment?: string;
    readonly port?: number;
    readonly scheme?: string;
    readonly username?: string;
    readonly password?: string;
  };
  readonly user_agent?: {
    readonly original?: string;
    readonly name?: string;
    readonly version?: string;
    readonly device?: {
      readonly name?: string;
    };
    readonly os?: OsGroup;
  };
}
