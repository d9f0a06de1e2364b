# Correlation structures of two groups, equal loadings.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, correlation = TRUE, std.lv = TRUE, group = "school", group.equal = "loadings", meanstructure = FALSE)
write_case(fit)
