/** Written by test/schema/write.ts from the catalogue; do not edit. */
import type { ApplicationGroup } from './groups.ts';

export interface CloudFields {
  readonly cloud?: {
    readonly provider?: string;
    readonly account?: ApplicationGroup;
    readonly project?: ApplicationGroup;
    readonly region?: string;
    readonly availability_zone?: string;
    readonly service?: {
      readonly name?: string;
    };
    readonly instance?: ApplicationGroup;
    readonly machine?: {
      readonly type?: string;
    };
  };
  readonly container?: {
    readonly id?: string;
    readonly name?: string;
    readonly runtime?: string;
    readonly image?: {
      readonly name?: string;
      readonly tag?: string | readonly string[];
      readonly hash?: {
        readonly all?: string | readonly string[];
      };
    };
    readonly labels?: Readonly<Record<string, unknown>>;
    readonly security_context?: {
      readonly privileged?: boolean;
    };
  };
  readonly orchestrator?: {
    readonly type?: string;
    readonly cluster?: {
      readonly name?: string;
      readonly id?: string;
      readonly url?: string;
      readonly version?: string;
    };
    readonly api_version?: string;
    readonly namespace?: string;
    readonly organization?: string;
    readonly resource?: {
      readonly type?: string;
      readonly name?: string;
      readonly id?: string;
      readonly ip?: string | readonly string[];
      readonly parent?: {
        readonly type?: string;
      };
    };
  };
  readonly faas?: {
    readonly id?: string;
    readonly name?: string;
    readonly version?: string;
    readonly execution?: string;
    readonly coldstart?: boolean;
    readonly trigger?: {
      readonly type?: string;
    };
  };
}
