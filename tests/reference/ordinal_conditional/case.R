# Everything conditional on two covariates: probit and linear regressions, then residual correlations.
source("../write_ordinal.R")
data <- draw_mixed(300, 23)
data$x1 <- round(0.5 * data$y3 + rnorm(300), 4)
data$x2 <- as.integer(data$y5 + rnorm(300) > 0)
write_ordinal(data, c("y1", "y2", "y4", "y6"))
