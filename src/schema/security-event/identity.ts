/** Written by test/schema/write.ts from the catalogue; do not edit. */
import type { GroupGroup, RiskGroup, TargetGroup } from './groups.ts';

export interface IdentityFields {
  readonly user?: {
    readonly id?: string;
    readonly name?: string;
    readonly domain?: string;
    readonly full_name?: string;
    readonly email?: string;
    readonly hash?: string;
    readonly roles?: string | readonly string[];
    readonly group?: GroupGroup;
    readonly target?: TargetGroup;
    readonly effective?: TargetGroup;
    readonly changes?: TargetGroup;
    readonly risk?: RiskGroup;
  };
  readonly group?: GroupGroup;
  readonly device?: {
    readonly id?: string;
    readonly manufacturer?: string;
    readonly model?: {
      readonly name?: string;
    };
    readonly serial_number?: string;
  };
}
