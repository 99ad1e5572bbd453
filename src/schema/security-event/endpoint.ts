/** Written by test/schema/write.ts from the catalogue; do not edit. */
import type {
  ApplicationGroup,
  CodeSignatureGroup,
  GeoGroup,
  GroupLeaderGroup,
  HashGroup,
  IngressGroup,
  OsGroup,
  PeGroup,
  RiskGroup,
  ThreadGroup,
  X509Group,
} from './groups.ts';

export interface EndpointFields {
  readonly host?: {
    readonly name?: string;
    readonly hostname?: string;
    readonly id?: string;
    readonly domain?: string;
    readonly ip?: string | readonly string[];
    readonly mac?: string | readonly string[];
    readonly type?: string;
    readonly architecture?: string;
    readonly uptime?: number;
    readonly boot?: {
      readonly id?: string;
    };
    readonly os?: OsGroup;
    readonly geo?: GeoGroup;
    readonly risk?: RiskGroup;
  };
  readonly observer?: {
    readonly os?: OsGroup;
    readonly name?: string;
    readonly hostname?: string;
    readonly ip?: string | readonly string[];
    readonly mac?: string | readonly string[];
    readonly type?: string;
    readonly vendor?: string;
    readonly product?: string;
    readonly serial_number?: string;
    readonly version?: string;
    readonly ingress?: IngressGroup;
    readonly egress?: IngressGroup;
    readonly geo?: GeoGroup;
  };
  readonly process?: {
    readonly pid?: number;
    readonly entity_id?: string;
    readonly name?: string;
    readonly executable?: string;
    readonly command_line?: string;
    readonly args?: string | readonly string[];
    readonly args_count?: number;
    readonly working_directory?: string;
    readonly start?: string;
    readonly end?: string;
    readonly exit_code?: number;
    readonly title?: string;
    readonly uptime?: number;
    readonly interactive?: boolean;
    readonly thread?: ThreadGroup;
    readonly user?: ApplicationGroup;
    readonly parent?: {
      readonly pid?: number;
      readonly entity_id?: string;
      readonly name?: string;
      readonly executable?: string;
      readonly command_line?: string;
      readonly args?: string | readonly string[];
      readonly args_count?: number;
      readonly working_directory?: string;
      readonly start?: string;
      readonly end?: string;
      readonly exit_code?: number;
      readonly title?: string;
      readonly uptime?: number;
      readonly interactive?: boolean;
      readonly thread?: ThreadGroup;
      readonly user?: ApplicationGroup;
      readonly group_leader?: GroupLeaderGroup;
      readonly hash?: HashGroup;
      readonly pe?: PeGroup;
      readonly code_signature?: CodeSignatureGroup;
    };
    readonly env_vars?: string | readonly string[];
    readonly real_user?: ApplicationGroup;
    readonly saved_user?: {
      readonly id?: string;
    };
    readonly session_leader?: GroupLeaderGroup;
    readonly entry_leader?: {
      readonly pid?: number;
      readonly entry_meta?: {
        readonly type?: string;
      };
    };
    readonly hash?: HashGroup;
    readonly pe?: PeGroup;
    readonly code_signature?: CodeSignatureGroup;
  };
  readonly file?: {
    readonly hash?: HashGroup;
    readonly pe?: PeGroup;
    readonly code_signature?: CodeSignatureGroup;
    readonly path?: string;
    readonly name?: string;
    readonly directory?: string;
    readonly extension?: string;
    readonly target_path?: string;
    readonly fork_name?: string;
    readonly type?: string;
    readonly mime_type?: string;
    readonly size?: number;
    readonly accessed?: string;
    readonly created?: string;
    readonly ctime?: string;
    readonly mtime?: string;
    readonly mode?: string;
    readonly owner?: string;
    readonly uid?: string;
    readonly group?: string;
    readonly gid?: string;
    readonly inode?: string;
    readonly device?: string;
    readonly drive_letter?: string;
    readonly attributes?: string | readonly string[];
    readonly origin_url?: string;
    readonly origin_referrer_url?: string;
    readonly x509?: X509Group;
  };
  readonly dll?: {
    readonly hash?: HashGroup;
    readonly pe?: PeGroup;
    readonly code_signature?: CodeSignatureGroup;
    readonly name?: string;
    readonly path?: string;
  };
  readonly registry?: {
    readonly path?: string;
    readonly hive?: string;
    readonly key?: string;
    readonly value?: string;
    readonly data?: {
      readonly strings?: string | readonly string[];
      readonly bytes?: string;
      readonly type?: string;
    };
  };
  readonly service?: {
    readonly name?: string;
    readonly id?: string;
    readonly type?: string;
    readonly state?: string;
    readonly version?: string;
    readonly address?: string;
    readonly environment?: string;
    readonly node?: {
      readonly name?: string;
    };
  };
  readonly package?: {
    readonly name?: string;
    readonly version?: string;
    readonly architecture?: string;
    readonly type?: string;
    readonly path?: string;
    readonly installed?: string;
    readonly checksum?: string;
  };
}
