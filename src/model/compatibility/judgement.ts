import type { SchemaChange } from './schema-diff.ts'

export interface Judgement {
  readonly breaks: boolean
  readonly why: string
}

const breaks = (why: string): Judgement => ({ breaks: true, why })
const keeps = (why: string): Judgement => ({ breaks: false, why })

type Judgements = readonly [writers: Judgement, readers: Judgement]

const judgements: Record<SchemaChange['kind'] | 'field-needed', Judgements> = {
  'field-needed': [breaks('it must be sent, and is not yet'), keeps('more may come than is read')],
  'field-added': [keeps('it may be left out'), keeps('more may come than is read')],
  'field-removed': [breaks('it is not taken any more'), breaks('what reads it finds nothing')],
  'type-changed': [breaks('what is sent does not fit any more'), breaks('what is read is of another type')],
  'now-required': [breaks('it must be sent'), keeps('it always comes')],
  'now-optional': [keeps('it may be left out'), breaks('it may not come')],
  'values-added': [keeps('more values are taken'), breaks('a value may come that nothing knows yet')],
  'values-removed': [breaks('a value is not taken any more'), keeps('fewer values come')],
  'null-allowed': [keeps('null is taken, too'), breaks('null may come where a value was')],
  'null-refused': [breaks('null is not taken any more'), keeps('a value always comes')],
  loosened: [keeps('what is sent fits as before'), breaks('what comes may be more than is expected')],
  tightened: [breaks('what is sent may not fit any more'), keeps('what comes is what is expected')],
  'limit-changed': [
    breaks('what is sent may not fit any more'),
    breaks('what comes may be other than is expected'),
  ],
}

/** What a change means to those who write as before, and to those who read as before. */
export function judgementOf(change: SchemaChange): {
  readonly writers: Judgement
  readonly readers: Judgement
} {
  const { kind, required } = change
  const [writers, readers] = judgements[kind === 'field-added' && required ? 'field-needed' : kind]
  return { writers, readers }
}
