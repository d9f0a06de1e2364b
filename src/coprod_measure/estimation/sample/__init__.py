"""What the answers give: moments, correlations of ordered answers, their asymptotic covariance."""
