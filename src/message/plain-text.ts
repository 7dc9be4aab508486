/**
 * Text without controls and code points that are no characters: the only one that headers, properties and attributes of
 * all protocols carry unharmed. Sources: CloudEvents 1.0.2, "Type System", and MQTT 5, section 1.5.4.
 */
export function isPlainText(text: unknown): text is string {
  return typeof text === 'string' && text.isWellFormed() && !/[\p{Cc}\p{Noncharacter_Code_Point}]/u.test(text)
}
