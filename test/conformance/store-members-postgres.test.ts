import { describe, it } from 'node:test'
import type { NewMember } from '../../src/store/members.ts'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { JoinOptions } from '../../src/store/store.ts'
import { describeMembers } from '../../src/testing/describe-members.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'

async function make() {
  const schema = freshSchema()
  const open = async () => postgresStore({ url: testUrl, schema, readers: 2 })
  return {
    open,
    async join(member: NewMember, options: JoinOptions) {
      const store = await open()
      try {
        const membership = await store.join(member, options)
        return { store, membership, kill: () => store.close(), close: () => store.close() }
      } catch (error) {
        await store.close()
        throw error
      }
    },
    destroy: () => dropSchema(schema),
  }
}

if (withoutPostgres) describe('members of postgres', () => it('conform', { skip: withoutPostgres }, () => {}))
else describeMembers('postgres', make)
