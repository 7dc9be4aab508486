import { useQuery } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import type { Permission } from '../../app/session.tsx'
import { useText } from '../../i18n/text.ts'
import { Icon } from '../../kit/icon.tsx'
import { Panel } from '../../kit/panel.tsx'
import { roleNames } from './grants.ts'
import { accessText } from './text.ts'

export function Roles() {
  const t = useText(accessText)
  const query = useQuery({
    queryKey: ['people', 'roles'],
    queryFn: ({ signal }) => get('/api/v1/roles', { signal }),
    staleTime: Infinity,
  })
  return (
    <Panel title={t.rolesTitle} flush>
      <Asked query={query}>
        {({ permissions, roles }) => (
          <div className="scroll">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t.permission}</th>
                  {roleNames.map(role => (
                    <th key={role} scope="col">
                      {t.roles[role]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {(Object.keys(permissions) as Permission[]).map(permission => (
                  <tr key={permission}>
                    <th scope="row">
                      <code>{permission}</code>
                      <div className="muted">{t.permissions[permission]}</div>
                    </th>
                    {roleNames.map(role => (
                      <td key={role}>
                        <Mark has={roles[role]?.includes(permission) === true} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Asked>
    </Panel>
  )
}

function Mark({ has }: { readonly has: boolean }) {
  const t = useText(accessText)
  return has ? (
    <span className="status ok">
      <Icon name="ok" />
      {t.yes}
    </span>
  ) : (
    <span className="muted">{t.no}</span>
  )
}
