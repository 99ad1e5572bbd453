/** `EventBatch` frames over a local socket: the protocol, and its client. */
export { type FramesAnswer, FramesClient, type FramesClientOptions, FramesRefused } from './client.ts';
export {
  type DeliverHead,
  encodeSmall,
  type FramesAck,
  type FramesRefusal,
  MessageReader,
  type MessageSink,
  protocolError,
  type SmallMessage,
} from './protocol.ts';
