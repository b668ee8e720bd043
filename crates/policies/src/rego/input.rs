//! Documents in the forms that conftest and Trivy hand to policies.
