/** Written by test/schema/write.ts from the catalogue; do not edit. */
import type { ApplicationGroup, FacilityGroup } from './groups.ts';

export interface BaseFields {
  readonly '@timestamp'?: string;
  readonly message?: string;
  readonly tags?: string | readonly string[];
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly ecs?: {
    readonly version?: string;
  };
  readonly span?: {
    readonly id?: string;
  };
  readonly trace?: {
    readonly id?: string;
  };
  readonly transaction?: {
    readonly id?: string;
  };
  readonly event?: {
    readonly kind?: 'alert' | 'asset' | 'enrichment' | 'event' | 'metric' | 'state' | 'pipeline_error' | 'signal';
    readonly category?:
      | 'api'
      | 'authentication'
      | 'configuration'
      | 'database'
      | 'driver'
      | 'email'
      | 'file'
      | 'host'
      | 'iam'
      | 'intrusion_detection'
      | 'library'
      | 'malware'
      | 'network'
      | 'package'
      | 'process'
      | 'registry'
      | 'session'
      | 'threat'
      | 'vulnerability'
      | 'web'
      | readonly (
          | 'api'
          | 'authentication'
          | 'configuration'
          | 'database'
          | 'driver'
          | 'email'
          | 'file'
          | 'host'
          | 'iam'
          | 'intrusion_detection'
          | 'library'
          | 'malware'
          | 'network'
          | 'package'
          | 'process'
          | 'registry'
          | 'session'
          | 'threat'
          | 'vulnerability'
          | 'web'
        )[];
    readonly type?:
      | 'access'
      | 'admin'
      | 'allowed'
      | 'change'
      | 'connection'
      | 'creation'
      | 'deletion'
      | 'denied'
      | 'device'
      | 'end'
      | 'error'
      | 'group'
      | 'indicator'
      | 'info'
      | 'installation'
      | 'protocol'
      | 'start'
      | 'user'
      | readonly (
          | 'access'
          | 'admin'
          | 'allowed'
          | 'change'
          | 'connection'
          | 'creation'
          | 'deletion'
          | 'denied'
          | 'device'
          | 'end'
          | 'error'
          | 'group'
          | 'indicator'
          | 'info'
          | 'installation'
          | 'protocol'
          | 'start'
          | 'user'
        )[];
    readonly outcome?: 'success' | 'failure' | 'unknown';
    readonly action?: string;
    readonly code?: string;
    readonly id?: string;
    readonly provider?: string;
    readonly module?: string;
    readonly dataset?: string;
    readonly sequence?: number;
    readonly severity?: number;
    readonly risk_score?: number;
    readonly risk_score_norm?: number;
    readonly created?: string;
    readonly ingested?: string;
    readonly start?: string;
    readonly end?: string;
    readonly duration?: number;
    readonly timezone?: string;
    readonly reason?: string;
    readonly reference?: string;
    readonly url?: string;
    readonly hash?: string;
    readonly original?: string;
    readonly agent_id_status?: string;
  };
  readonly weir?: {
    readonly id?: string;
    readonly tenant?: string;
    readonly class?: string;
    readonly received?: string;
    readonly labels?: Readonly<Record<string, unknown>>;
    readonly source?: {
      readonly id?: string;
      readonly type?: string;
      readonly door?: string;
      readonly channel?: string;
      readonly path?: string;
      readonly record?: number;
    };
    readonly mapping?: {
      readonly id?: string;
      readonly version?: number;
    };
    readonly time?: {
      readonly source?: string;
      readonly skewed?: boolean;
    };
    readonly severity?: 'informational' | 'low' | 'medium' | 'high' | 'critical';
    readonly risk?: {
      readonly score?: number;
      readonly level?: 'informational' | 'low' | 'medium' | 'high' | 'critical';
      readonly reasons?: string | readonly string[];
    };
    readonly retention?: {
      readonly class?: string;
      readonly until?: string;
      readonly hold?: string | readonly string[];
    };
    readonly data_subject?: {
      readonly id?: string | readonly string[];
      readonly kind?: string | readonly string[];
      readonly fields?: string | readonly string[];
      readonly lawful_basis?: string;
      readonly pseudonymised?: boolean;
    };
    readonly integrity?: {
      readonly algorithm?: string;
      readonly event_hash?: string;
      readonly frame_hash?: string;
      readonly chain_position?: number;
      readonly signature?: string;
      readonly verified?: boolean;
    };
    readonly processing?: readonly {
      readonly stage?: string;
      readonly version?: string;
      readonly at?: string;
      readonly duration_us?: number;
      readonly outcome?: 'passed' | 'changed' | 'skipped' | 'failed';
      readonly reason?: string;
    }[];
    readonly validation?: {
      readonly mode?: 'off' | 'warn' | 'enforce';
      readonly failed?: string | readonly string[];
    };
    readonly target_process?: {
      readonly pid?: number;
      readonly entity_id?: string;
      readonly executable?: string;
      readonly user?: {
        readonly name?: string;
      };
    };
    readonly access?: {
      readonly mask?: string;
      readonly call_trace?: string;
      readonly object?: {
        readonly type?: string;
        readonly name?: string;
      };
    };
    readonly pipe?: {
      readonly name?: string;
    };
    readonly script?: {
      readonly text?: string;
      readonly id?: string;
    };
    readonly integrity_level?: string;
    readonly wmi?: {
      readonly consumer?: string;
      readonly filter?: string;
      readonly query?: string;
    };
    readonly task?: {
      readonly name?: string;
    };
    readonly cloud?: {
      readonly api?: string;
      readonly request?: Readonly<Record<string, unknown>>;
      readonly response?: Readonly<Record<string, unknown>>;
      readonly resource?: {
        readonly id?: string;
        readonly type?: string;
        readonly name?: string;
      };
      readonly permission?: string | readonly string[];
    };
    readonly email?: {
      readonly authentication?: {
        readonly spf?: string;
        readonly dkim?: string;
        readonly dmarc?: string;
      };
      readonly verdict?: string;
      readonly delivery_action?: string;
    };
    readonly logon?: {
      readonly type?: string;
      readonly id?: string;
      readonly process?: string;
      readonly package?: string;
      readonly failure?: string;
      readonly workstation?: string;
      readonly guid?: string;
    };
    readonly target_logon?: {
      readonly id?: string;
    };
    readonly mfa?: {
      readonly used?: boolean;
      readonly method?: string;
      readonly result?: string;
    };
    readonly privileges?: string | readonly string[];
    readonly application?: ApplicationGroup;
    readonly conditional_access?: string;
    readonly ticket?: {
      readonly service?: string;
      readonly encryption?: string;
      readonly options?: string;
    };
    readonly vulnerability?: {
      readonly state?: 'open' | 'fixed' | 'accepted' | 'false_positive';
      readonly fixed_version?: string;
      readonly exploited?: boolean;
    };
  };
  readonly agent?: {
    readonly id?: string;
    readonly name?: string;
    readonly type?: string;
    readonly version?: string;
    readonly ephemeral_id?: string;
  };
  readonly log?: {
    readonly level?: string;
    readonly logger?: string;
    readonly file?: {
      readonly path?: string;
    };
    readonly syslog?: {
      readonly appname?: string;
      readonly hostname?: string;
      readonly procid?: string;
      readonly msgid?: string;
      readonly priority?: number;
      readonly facility?: FacilityGroup;
      readonly severity?: FacilityGroup;
    };
  };
  readonly error?: {
    readonly code?: string;
    readonly id?: string;
    readonly message?: string;
    readonly type?: string;
  };
  readonly related?: {
    readonly ip?: string | readonly string[];
    readonly user?: string | readonly string[];
    readonly hosts?: string | readonly string[];
    readonly hash?: string | readonly string[];
  };
  readonly rule?: {
    readonly id?: string;
    readonly name?: string;
    readonly uuid?: string;
    readonly category?: string;
    readonly description?: string;
    readonly ruleset?: string;
    readonly reference?: string;
    readonly version?: string;
    readonly author?: string | readonly string[];
    readonly license?: string;
  };
  readonly organization?: ApplicationGroup;
}
