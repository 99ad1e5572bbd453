/** Written by test/schema/write.ts from the catalogue; do not edit. */
import type { HashGroup } from './groups.ts';

export interface EmailFields {
  readonly email?: {
    readonly from?: {
      readonly address?: string | readonly string[];
    };
    readonly sender?: {
      readonly address?: string;
    };
    readonly reply_to?: {
      readonly address?: string | readonly string[];
    };
    readonly to?: {
      readonly address?: string | readonly string[];
    };
    readonly cc?: {
      readonly address?: string | readonly string[];
    };
    readonly bcc?: {
      readonly address?: string | readonly string[];
    };
    readonly subject?: string;
    readonly message_id?: string;
    readonly local_id?: string;
    readonly direction?: string;
    readonly delivery_timestamp?: string;
    readonly origination_timestamp?: string;
    readonly content_type?: string;
    readonly x_mailer?: string;
    readonly attachments?: readonly {
      readonly file?: {
        readonly name?: string;
        readonly extension?: string;
        readonly mime_type?: string;
        readonly size?: number;
        readonly hash?: HashGroup;
      };
    }[];
  };
}
