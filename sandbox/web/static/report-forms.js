// The five kinds of reports: what each page is called, and what it needs before it can be made.
export const forms = {
  "single-policy-analysis": {
    kind: "analysis",
    heading: "Single Policy Analysis",
    about: "Choose one policy. Qumis reads it and reports its limits, endorsements and key findings.",
    action: "Generate analysis",
    complete: ({ documents }) => documents === 1,
  },
  "policy-comparison": {
    kind: "comparison",
    heading: "Policy Comparison",
    about: "Choose two documents to see them side by side.",
    action: "Run comparison",
    complete: ({ documents }) => documents === 2,
  },
  "claim-coverage": {
    kind: "coverage",
    heading: "Coverage Report",
    about: "Choose a policy and describe the claim.",
    action: "Generate report",
    claim: true,
    complete: ({ documents, claim }) => documents === 1 && claim !== "",
  },
  "coverage-checklist": {
    kind: "checklist",
    heading: "Coverage Checklist",
    about: "Choose one or more policies to tabulate their limits and deductibles.",
    action: "Generate checklist",
    complete: ({ documents }) => documents >= 1,
  },
  "custom-reporting": {
    kind: "custom",
    heading: "Custom Reporting",
    about: "Choose a template and the documents that it is to be filled from.",
    action: "Generate custom report",
    templates: ["Renewal Summary", "Risk Review", "Executive Briefing"],
    complete: ({ documents, template }) => documents >= 1 && template !== "",
  },
};
