// The nine tools of the home page.
export const tools = [
  { name: "Chat with Documents", href: "/chat", symbol: "chat", about: "Ask, and get answers with citations" },
  { name: "Compare Documents", href: "/policy-comparison", symbol: "compare", about: "Two policies side by side" },
  { name: "Claims", href: "/claim-coverage", symbol: "claim", about: "Is this claim covered?" },
  { name: "Create Coverage Table", href: "/coverage-checklist", symbol: "table", about: "Limits and deductibles compared" },
  { name: "Policy Analysis", href: "/single-policy-analysis", symbol: "analysis", about: "One policy, read in depth" },
  { name: "Documents Vault", href: "/documents", symbol: "vault", about: "Your and your team's documents" },
  { name: "Contracts", href: "/contracts", symbol: "contract", about: "Insurance requirements in contracts" },
  { name: "Custom Reporting", href: "/custom-reporting", symbol: "report", about: "Reports from your templates" },
  { name: "Legal Search", href: "/legal-search", symbol: "legal", about: "Coverage law by topic" },
];
