# Standardised latent variables, equal loadings over groups, latent variances free in the second.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- cfa(read_model(), data = data, ordered = c("u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9", "u10", "u11", "u12"), estimator = "WLSMV", std.lv = TRUE, group = "group", group.equal = c("loadings"))
write_case(fit)
