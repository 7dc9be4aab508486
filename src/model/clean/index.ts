export { type Cleaner, unclean } from './cleaner.ts'
export { decimal } from './number.ts'
export { halfWidth, lowerCase, singleSpaces, trim, upperCase } from './text.ts'
export { localTime } from './time.ts'
