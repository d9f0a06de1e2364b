# Satorra-Bentler, equal loadings by school.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, estimator = "MLM", group = "school", group.equal = "loadings")
write_case(fit)
