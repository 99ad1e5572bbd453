/** Messages. */
import { HASH } from './groups.ts';
import { at, type FieldSet } from './types.ts';

export const EMAIL_FIELDS: readonly FieldSet[] = [
  {
    at: 'email.',
    class: 'email',
    rows: [
      [
        'from.address',
        'keyword',
        'recommended list personal',
        'Whom the message says it is from.',
        'sender@example.com',
      ],
      ['sender.address', 'keyword', 'recommended personal', 'Who handed it in.', 'bounce@example.com'],
      ['reply_to.address', 'keyword', 'optional list personal', 'Where answers go.', 'reply@example.com'],
      ['to.address', 'keyword', 'recommended list personal', 'Recipients.', 'jdoe@example.com'],
      ['cc.address', 'keyword', 'optional list personal', 'Recipients of copies.', 'cc@example.com'],
      ['bcc.address', 'keyword', 'optional list personal', 'Recipients of blind copies.', 'bcc@example.com'],
      ['subject', 'keyword', 'recommended personal', 'Subject.', 'Please see this important message.'],
      ['message_id', 'wildcard', 'recommended', 'Identity its sender gave it.', '<81ce15$8r2j59@mail01.example.com>'],
      ['local_id', 'keyword', 'optional', 'Identity it has at the source.', 'c26dbea0'],
      ['direction', 'keyword', 'optional', 'Which way it went.', 'inbound'],
      ['delivery_timestamp', 'date', 'optional', 'Delivered.', '2026-03-01T09:15:02Z'],
      ['origination_timestamp', 'date', 'optional', 'Written.', '2026-03-01T09:14:00Z'],
      ['content_type', 'keyword', 'optional', 'Type of its contents.', 'text/plain'],
      ['x_mailer', 'keyword', 'optional', 'Program it was written with.', 'Spambot v2.5'],
      ['attachments', 'nested', 'optional list', 'What is attached, one object each.', ''],
      ['attachments.file.name', 'keyword', 'optional personal', 'Name of an attachment.', 'invoice.zip'],
      ['attachments.file.extension', 'keyword', 'optional', 'Its extension.', 'zip'],
      ['attachments.file.mime_type', 'keyword', 'optional', 'Its type.', 'application/zip'],
      ['attachments.file.size', 'long', 'optional', 'Its bytes.', '64329'],
    ],
  },
  ...at('email', [['email.attachments.file.hash', 'an attachment']], HASH),
  {
    at: 'weir.email.',
    class: 'email',
    rows: [
      ['authentication.spf', 'keyword', 'optional', 'What SPF gave.', 'pass'],
      ['authentication.dkim', 'keyword', 'optional', 'What DKIM gave.', 'pass'],
      ['authentication.dmarc', 'keyword', 'optional', 'What DMARC gave.', 'fail'],
      ['verdict', 'keyword', 'optional', 'What the filter took it for.', 'phish'],
      ['delivery_action', 'keyword', 'optional', 'What was done with it.', 'Blocked'],
    ],
  },
];
