import { Type } from 'typebox'
import { strict, Text, Time } from '../operations/schemas.ts'

const Place = Type.String({ pattern: '^[a-z]{1,40}$', description: 'Of the console: `failures`' })
const Name = Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' })
const Search = Type.String({
  maxLength: 4000,
  description: 'What stands behind the question mark of its address: filters, order and columns',
})
const Shared = Type.Boolean({ description: 'Everybody of this installation sees it' })

export const View = Type.Object(
  { id: Text, name: Name, place: Place, search: Search, shared: Shared, at: Time, by: Text },
  strict,
)
export const ViewList = Type.Object({ views: Type.Array(View) }, strict)
export const ViewOrder = Type.Object({ name: Name, place: Place, search: Search, shared: Shared }, strict)
export const ViewPath = Type.Object({ view: Type.String({ minLength: 1, maxLength: 100 }) }, strict)
