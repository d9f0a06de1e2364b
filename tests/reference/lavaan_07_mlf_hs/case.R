# Errors from the products of scores, equal loadings over groups.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, estimator = "MLF", group = "school", group.equal = "loadings")
write_case(fit)
