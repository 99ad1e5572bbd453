/** Values of fields that nobody is to see: replaced before an event is read. */
export { LineMasker, type MaskedLines, type MaskSettings } from './lines.ts';
export { MASK_METHODS, type MaskMethod, Masks } from './values.ts';
