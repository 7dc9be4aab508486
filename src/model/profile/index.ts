export { type DriftFinding, type DriftKind, type DriftSeverity, type DriftTolerance, drift } from './drift.ts'
export {
  type Defect,
  type FieldProfile,
  missingRate,
  type Profile,
  type Share,
  type ValueType,
} from './profile.ts'
export { type ProfileOptions, Profiler, profile } from './profiler.ts'
export { readProfile } from './read-profile.ts'
