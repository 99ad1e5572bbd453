/** Written by test/schema/write.ts from the catalogue; do not edit. */
import type { BaseFields } from './security-event/base.ts';
import type { CloudFields } from './security-event/cloud.ts';
import type { EmailFields } from './security-event/email.ts';
import type { EndpointFields } from './security-event/endpoint.ts';
import type { IdentityFields } from './security-event/identity.ts';
import type { NetworkFields } from './security-event/network.ts';
import type { ThreatFields } from './security-event/threat.ts';
import type { VulnerabilityFields } from './security-event/vulnerability.ts';
import type { WebFields } from './security-event/web.ts';

/** An event as weir unifies it; docs/security-event.md says what each field means. */
export interface SecurityEvent
  extends BaseFields,
    EndpointFields,
    NetworkFields,
    WebFields,
    CloudFields,
    EmailFields,
    IdentityFields,
    VulnerabilityFields,
    ThreatFields {}
