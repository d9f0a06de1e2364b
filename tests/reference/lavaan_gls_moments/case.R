# Fitted from a covariance matrix and n, no raw data.
source("../write_case.R")
scores <- read_data("holzinger_swineford.csv")[paste0("x", 1:9)]
write.csv(cov(scores), "cov.csv")
fit <- cfa(read_model(), sample.cov = cov(scores), sample.nobs = 301, estimator = "GLS")
write_case(fit)
