import { type Permission, useMe } from '../../app/session.tsx'
import { useText } from '../../i18n/text.ts'
import { Icon } from '../../kit/icon.tsx'
import { Panel } from '../../kit/panel.tsx'
import { grantText } from './grants.ts'
import { MySignIn } from './my-sign-in.tsx'
import { accessText } from './text.ts'

/** Why can't I? */
export function MyPermissions() {
  const t = useText(accessText)
  const me = useMe()
  const all = Object.keys(t.permissions) as Permission[]
  return (
    <>
      <Panel title={t.mine(me.name)}>
        <div className="stack">
          <p className="strong">{t.verdict(me.permissions.length, all.length)}</p>
          <ul className="stack tight">
            {me.grants.length === 0 && <li className="muted">{t.nothing}</li>}
            {me.grants.map(grant => (
              <li key={JSON.stringify(grant)}>{grantText(grant, t)}</li>
            ))}
          </ul>
          {me.permissions.length < all.length && <p className="muted">{t.askFor}</p>}
        </div>
      </Panel>
      <Panel title={t.permission} flush>
        <table className="table">
          <tbody>
            {all.map(permission => (
              <tr key={permission}>
                <th scope="row">
                  <code>{permission}</code>
                  <div className="muted">{t.permissions[permission]}</div>
                </th>
                <td>
                  <Extent permission={permission} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      {me.how === 'session' && <MySignIn />}
    </>
  )
}

function Extent({ permission }: { readonly permission: Permission }) {
  const t = useText(accessText)
  const me = useMe()
  if (!me.permissions.includes(permission)) return <span className="muted">{t.no}</span>
  return (
    <span className="status ok">
      <Icon name="ok" />
      {me.everywhere.includes(permission) ? t.everywhere : t.partly}
    </span>
  )
}
