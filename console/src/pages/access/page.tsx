import { useNavigate, useSearch } from '@tanstack/react-router'
import { useText } from '../../i18n/text.ts'
import { Tabs } from '../../kit/tabs.tsx'
import './access.css'
import { Accounts } from './accounts.tsx'
import { MyPermissions } from './my-permissions.tsx'
import { MySessions } from './my-sessions.tsx'
import { MyTokens } from './my-tokens.tsx'
import { Roles } from './roles.tsx'
import { accessText } from './text.ts'

export const accessTabs = ['me', 'accounts', 'roles', 'tokens', 'sessions'] as const
type Tab = (typeof accessTabs)[number]

/** Who may do what, and why can't I? */
export function AccessPage() {
  const t = useText(accessText)
  const navigate = useNavigate()
  const { tab = 'me' } = useSearch({ strict: false }) as { tab?: Tab }
  return (
    <div className="page">
      <header>
        <h1>{t.title}</h1>
        <Tabs
          label={t.views}
          tabs={accessTabs.map(each => [each, t.tabs[each]] as const)}
          selected={tab}
          onSelect={to =>
            void navigate({ to: '.', search: (before: object) => ({ ...before, tab: to }) } as never)
          }
        />
      </header>
      {tab === 'me' && <MyPermissions />}
      {tab === 'accounts' && <Accounts />}
      {tab === 'roles' && <Roles />}
      {tab === 'tokens' && <MyTokens />}
      {tab === 'sessions' && <MySessions />}
    </div>
  )
}
