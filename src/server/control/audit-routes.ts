import { refused } from '../operations/deciding.ts'
import { auditNodes, readAudit } from '../people/audit/audit-reading.ts'
import { verifyAudit } from '../people/audit/audit-verify.ts'
import { AuditPageSchema, AuditQuerySchema, AuditState } from '../people/people-schemas.ts'
import { whole } from '../people/permissions.ts'
import { type ControlRoute, route } from './route.ts'

export const auditRoutes: readonly ControlRoute[] = [
  route('/api/v1/audit', 'Who did what to which object, with what outcome; the newest first', {
    needs: 'audit',
    about: () => whole,
    query: AuditQuerySchema,
    answer: AuditPageSchema,
    handle: async ({ people }, { query }) => {
      const { node = people.audit.node } = query
      const known = await auditNodes(people.streams)
      if (query.node !== undefined && !known.some(each => each.node === node))
        throw refused(`There is no audit of a node ${node}.`, 404)
      return { node, ...(await readAudit(people.streams, { ...query, node })) }
    },
  }),
  route('/api/v1/audit/state', 'Whether the chain of every node is whole', {
    needs: 'audit',
    about: () => whole,
    answer: AuditState,
    handle: async ({ people }) => {
      const { nodes, broken } = await verifyAudit(people.streams)
      return { node: people.audit.node, nodes, broken, told: people.config.auditHeads }
    },
  }),
]
